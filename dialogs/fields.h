/* The names that expressions and texts may use without anybody having saved them: what
 * `malgil check --fields` prints. */
#ifndef MALGIL_DIALOGS_FIELDS_H
#define MALGIL_DIALOGS_FIELDS_H

extern const char fields_help[];

#endif
