/* The composition root: the only place that names concrete drivers and handlers. */
#ifndef MALGIL_DAEMON_H
#define MALGIL_DAEMON_H

/* Serves until SIGTERM or SIGINT, in the foreground. Returns an exit code. */
int daemon_serve(const char *config_path);

#endif
