#include "gateway/api/resources.h"
void
report_get(struct request *rq)
{
	request_problem(rq, 503, "not yet");
}
