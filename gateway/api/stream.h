/* GET /v1/events as a stream (text/event-stream): what happened since the cursor, and
 * then what happens.
 *
 * The cursor is ?after=ID, or the header Last-Event-ID a client sends when it comes back;
 * without either the stream begins now. A stream holds a small buffer and nothing else,
 * so a thousand that are silent cost little; a line of comment every fifteen seconds
 * finds out who is gone. Whoever does not read is dropped, and comes back with the id of
 * the last event it got: nothing is lost, because the log is the store's. A stream ends
 * when its token does. */
#ifndef MALGIL_API_STREAM_H
#define MALGIL_API_STREAM_H

#include "gateway/api/request.h"

void stream_open(struct request *rq);
/* Lets go of all of them: the daemon stops. */
void streams_end(struct api *api);

#endif
