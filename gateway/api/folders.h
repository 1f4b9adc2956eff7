/* Watched folders: spreadsheets of orders that somebody, or a program, puts where
 * `sources` of malgil.cfg says (`folder`), such as what Smartstore lets its sellers
 * download.
 *
 * A complete file (folder_files.h) is understood by its profile (core/source_sheet.h) and
 * becomes orders and events, some in each tick, with the place it came to in the same
 * commit: a crash doubles nothing and loses nothing. The same bytes are read once; a row
 * of the platform's (its own number) once each time it says something new; an event of an
 * order once for ever. Afterwards the file lies in done/, or, when a row of it was
 * refused, in failed/ with the reasons beside it, to be put right and put back.
 *
 * Files that were read have customers in them: each night those go that have lain in
 * done/ or failed/ for as long as the source's `keep`, or the pack keeps what came in
 * raw.
 *
 * What happened long ago is kept and is no news: no journey starts for it. */
#ifndef MALGIL_API_FOLDERS_H
#define MALGIL_API_FOLDERS_H

#include "gateway/core/core.h"

/* After core_start(). */
void folders_start(struct core *core);
void folders_stop(struct core *core);

struct folder_state {
	const char *name, *folder, *trouble; /* trouble "": it can be read. Borrowed */
	const char *reading;                 /* the file under way, "" none */
	int64_t keep; /* ms: how long what was read lies in done/ and failed/ */
};
/* False: there are fewer. */
bool folders_state(const struct core *core, size_t i, struct folder_state *ret);

#endif
