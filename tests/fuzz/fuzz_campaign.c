/* Any octets as a campaign's definition: refused with a field and a sentence, or read
 * into one whose parts hold together, the same each time. The first octet chooses whether
 * the rest is the JSON itself or the values put into a sound one. */
#include <stdlib.h>
#include <string.h>

#include "gateway/outreach/compose.h"
#include "gateway/outreach/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const members[] = {"name", "title", "audience", "if", "channel", "tag",
	"class", "slot", "at", "expires", "text", "cap", "throttle", "winner", "stages",
	"variants", "goal", "remind", "holdout"};

/* A sound campaign with one member replaced by whatever the rest says. */
static json_t *
spoiled(const uint8_t *data, size_t size)
{
	json_t *sound = json_pack("{s:s,s:s,s:s,s:i}", "name", "flash", "text",
		"{name|고객}님, 안녕하세요", "if", "contact.orders >= 1", "holdout", 10);
	json_t *value = json_loadb(
		(const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!value)
		value = json_stringn((const char *)data + 1, size - 1);
	if (value)
		json_object_set_new(sound, members[data[0] % ARRAY_LEN(members)], value);
	return sound;
}

static void
judge(const struct spec *s)
{
	int64_t shares = 0;
	if (!spec_name_good(s->name) || !s->variant_count ||
		s->variant_count > SPEC_VARIANTS || s->stage_count > SPEC_STAGES ||
		s->holdout < 0 || s->holdout > 99 || s->throttle < 0 || s->within < 0)
		abort();
	for (size_t i = 0; i < s->variant_count; i++) {
		shares += s->variants[i].share;
		if (!s->variants[i].text.count ||
			!spec_text_for(&s->variants[i].text, "ko"))
			abort();
	}
	if (shares != 100)
		abort();
}

static void
read_one(const json_t *object)
{
	struct strbuf err = STRBUF_SENTENCE, again = STRBUF_SENTENCE;
	char field[128] = "", second[128] = "";
	struct spec *a = NULL, *b = NULL;
	int r = spec_read(object, &a, field, &err);
	if (r != spec_read(object, &b, second, &again))
		abort();
	if (r < 0 && (!err.len || strcmp(err.s, again.s) != 0 || strcmp(field, second)))
		abort(); /* a refusal says why, and the same each time */
	if (r == 0) {
		judge(a);
		spec_free(a);
		spec_free(b);
	}
	strbuf_done(&err);
	strbuf_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	json_t *object = data[0] & 0x80
				 ? json_loadb((const char *)data + 1, size - 1, 0, NULL)
				 : spoiled(data, size);
	if (json_is_object(object))
		read_one(object);
	json_decref(object);
	return 0;
}
