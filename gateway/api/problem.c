#include "gateway/api/problem.h"

#include "gateway/net/json.h"

static const struct {
	int status;
	const char *type, *title;
} problems[] = {
	{400, "bad-request", "The request cannot be understood"},
	{401, "no-token", "Nobody said who is asking"},
	{403, "forbidden", "Not allowed"},
	{404, "not-found", "There is no such thing"},
	{405, "method-not-allowed", "The path does not do that"},
	{408, "too-slow", "It took too long"},
	{409, "conflict", "It contradicts what is already so"},
	{413, "too-large", "The body is too large"},
	{415, "media-type", "The body is of the wrong type"},
	{422, "unprocessable", "A value is not acceptable"},
	{429, "too-many", "Too many requests"},
	{500, "internal", "Something is wrong inside"},
	{501, "not-supported", "Not supported"},
	{503, "unavailable", "Not possible right now"},
	{504, "timeout", "No answer came in time"},
};

void
problem_write(struct strbuf *out, int status, const char *field, const char *detail)
{
	const char *type = "error", *title = "Error";
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		if (problems[i].status != status)
			continue;
		type = problems[i].type;
		title = problems[i].title;
	}
	strbuf_printf(out,
		"{\"type\":\"urn:malgil:problem:%s\",\"title\":\"%s\",\"status\":%d,"
		"\"detail\":",
		type, title, status);
	json_quote(out, detail);
	if (field) {
		strbuf_puts(out, ",\"field\":");
		json_quote(out, field);
	}
	strbuf_putc(out, '}');
}
