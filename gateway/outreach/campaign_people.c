/* What people do with campaigns: draft, start, pause, resume, cancel. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/outreach/campaign_inside.h"

int
campaign_move(
	struct core *core, struct campaign_row *row, const char *state, const char *why)
{
	char name[40];
	snprintf(row->state, sizeof(row->state), "%s", state);
	snprintf(row->why, sizeof(row->why), "%s", why);
	campaign_save(core->db, row, core_now(core));
	snprintf(name, sizeof(name), "campaign.%s", state);
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	strbuf_printf(&detail, "%s%s%s", row->name, *why ? ": " : "", why);
	core_event(core, &(struct event){.name = name, .detail = detail.s});
	FAULT("campaign.moved");
	return 0;
}

int
campaign_read(struct core *core, const char *text, const char *extra,
	struct spec **ret_spec, struct crowd *ret_crowd, struct strbuf *err)
{
	char field[128];
	json_t *object = json_read(text, strlen(text), err);
	int r = object ? spec_read(object, ret_spec, field, err) : -EINVAL;
	json_decref(object);
	if (r < 0)
		return r;
	r = crowd_resolve(
		core, (*ret_spec)->audience, (*ret_spec)->rule, extra, ret_crowd, err);
	if (r < 0) {
		spec_free(*ret_spec);
		*ret_spec = NULL;
	}
	return r;
}

static int
check_parts(struct core *core, const struct spec *s, char field[128], struct strbuf *err)
{
	struct crowd *crowd = xcalloc(1, sizeof(*crowd));
	const char *of = *s->audience ? "audience" : "if";
	int r = crowd_resolve(core, s->audience, s->rule, "", crowd, err);
	for (size_t i = 0; !r && i < s->stage_count; i++) {
		of = "stages";
		r = crowd_resolve(
			core, s->audience, s->rule, s->stages[i].rule, crowd, err);
	}
	if (r < 0)
		snprintf(field, 128, "%s", of);
	free(crowd);
	return r < 0 ? -EINVAL : 0;
}

int
campaign_draft(struct core *core, const json_t *object, const char *agent,
	char field[128], struct strbuf *err)
{
	struct campaign_row row = {.id = 0};
	struct spec *s;
	int r = spec_read(object, &s, field, err);
	if (r < 0)
		return r;
	(void)agent;
	r = check_parts(core, s, field, err);
	char *text = r ? NULL : json_dumps(object, JSON_COMPACT);
	if (!r) {
		uint64_t id = campaign_find(core->db, s->name);
		snprintf(row.name, sizeof(row.name), "%s", s->name);
		row.id = core_id(core);
		if (!id) {
			campaign_insert(core->db, &row, text, core_now(core));
		} else if (campaign_load(core->db, id, &row, NULL) &&
			   strcmp(row.state, "draft") != 0) {
			strbuf_set(err,
				"%s is %s already: what was started is not rewritten; "
				"choose another name",
				row.name, row.state);
			r = -EEXIST;
		} else {
			campaign_set_spec(core->db, id, text, core_now(core));
		}
	}
	free(text);
	spec_free(s);
	return r;
}

int
campaign_open(struct core *core, const char *name, struct campaign_row *row,
	struct spec **ret_spec, struct crowd *ret_crowd, struct strbuf *err)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	uint64_t id = campaign_find(core->db, name);
	if (!id || !campaign_load(core->db, id, row, &text)) {
		strbuf_set(err, "there is no campaign '%.60s'", name);
		return -ENOENT;
	}
	int r = campaign_read(core, text.s, "", ret_spec, ret_crowd, err);
	return r < 0 ? -EINVAL : 0;
}

static int
find(struct core *core, const char *name, struct campaign_row *row, struct strbuf *err)
{
	uint64_t id = campaign_find(core->db, name);
	if (id && campaign_load(core->db, id, row, NULL))
		return 0;
	strbuf_set(err, "there is no campaign '%.60s'", name);
	return -ENOENT;
}

/* Is it in one of these states ("running paused")? */
static int
expect(const struct campaign_row *row, const char *states, const char *verb,
	struct strbuf *err)
{
	size_t n = strlen(row->state);
	for (const char *p = states; (p = strstr(p, row->state)); p += n)
		if (p[n] == ' ' || !p[n])
			return 0;
	strbuf_set(err, "%s is %s%s: it cannot be %s", row->name,
		!strcmp(row->state, "draft") ? "a " : "", row->state, verb);
	return -EINVAL;
}

int
campaign_begin(struct core *core, const char *name, int64_t planned, const char *agent,
	struct strbuf *err)
{
	struct campaign_row row;
	int r = find(core, name, &row, err);
	if (!r)
		r = expect(&row, "draft", "started", err);
	if (r)
		return r;
	row.started = core_now(core);
	row.planned = planned;
	snprintf(row.agent, sizeof(row.agent), "%s", agent);
	campaign_move(core, &row, "running", "");
	campaigns_touch(core, row.id);
	return 0;
}

int
campaign_pause(struct core *core, const char *name, const char *why, struct strbuf *err)
{
	struct campaign_row row;
	int r = find(core, name, &row, err);
	if (!r)
		r = expect(&row, "running", "paused", err);
	if (r)
		return r;
	campaign_move(core, &row, "paused", why);
	campaign_set_sweep(core->db, row.id, "");
	campaigns_touch(core, row.id);
	return 0;
}

int
campaign_resume(
	struct core *core, const char *name, const char *agent, struct strbuf *err)
{
	struct campaign_row row;
	int r = find(core, name, &row, err);
	if (!r)
		r = expect(&row, "paused", "resumed", err);
	if (r)
		return r;
	snprintf(row.agent, sizeof(row.agent), "%s", agent);
	campaign_move(core, &row, "running", "");
	campaign_set_sweep(core->db, row.id, "");
	campaigns_touch(core, row.id);
	return 0;
}

int
campaign_cancel(struct core *core, const char *name, const char *why, struct strbuf *err)
{
	struct campaign_row row;
	int r = find(core, name, &row, err);
	if (!r)
		r = expect(&row, "draft running paused", "canceled", err);
	if (r)
		return r;
	row.ended = core_now(core);
	campaign_move(core, &row, "canceled", why);
	campaign_set_sweep(core->db, row.id, "");
	campaigns_touch(core, row.id);
	return 0;
}
