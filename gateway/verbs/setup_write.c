/* What `malgil setup` writes: a configuration with its comments. In one that is there
 * already only what was answered differently is changed, where it stands; all else stays
 * as it was, letter by letter. Nothing takes the
 * old one's place before the program itself has read the new one and found it good. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/verbs/setup.h"
#include "gateway/verbs/setup_edit.h"

#define TEXT_MAX (4u << 20)

/* ---- pieces ---- */

/* "  name = "value";" with its comment; a comment alone where there is no value. */
static void
line(struct strbuf *out, const char *name, const char *value, const char *comment)
{
	size_t from = out->len;
	strbuf_printf(out, "%s %-7s = ", value && *value ? " " : "#", name);
	setup_quoted(out, value && *value ? value : "");
	strbuf_putc(out, ';');
	while (*comment && out->len - from < 42)
		strbuf_putc(out, ' ');
	strbuf_printf(out, "%s%s\n", *comment ? "# " : "", comment);
}

/* ---- the parts ---- */

static void
write_shop(const struct setup *s, struct strbuf *out)
{
	strbuf_puts(out, "shop = {\n");
	line(out, "name", s->answers[SETUP_SHOP],
		"stands in the texts we write ourselves");
	line(out, "country", s->answers[SETUP_COUNTRY],
		"whose law and whose numbers hold");
	line(out, "tz", s->answers[SETUP_ZONE], "the shop's clock");
	line(out, "site", s->old ? s->old->shop_site : NULL,
		"what {link:/path} in a script begins with");
	strbuf_puts(out, "};\n\n");
}

static void
write_places(const struct setup *s, struct strbuf *out)
{
	bool system = !strncmp(s->dir, "/etc/", 5);
	struct strbuf store AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf run AUTO(strbuf_done) = STRBUF_INIT(8192);
	if (s->old) {
		strbuf_puts(&store, s->old->store);
		strbuf_puts(&run, s->old->run_dir);
	} else {
		strbuf_printf(&store, "sqlite:%s/malgil.db",
			system ? "/var/lib/malgil" : s->dir);
		strbuf_printf(&run, "%s%s", system ? "/run/malgil" : s->dir,
			system ? "" : "/run");
	}
	strbuf_puts(out, "store   = ");
	setup_quoted(out, store.s);
	strbuf_puts(out,
		";\n                                          # the one file that "
		"must not be lost\nrun_dir = ");
	setup_quoted(out, run.s);
	strbuf_puts(out,
		";\n                                          # control socket and "
		"locks\n\n");
}

static void
replace_text(struct strbuf *in, const char *old, const char *fresh)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	setup_quoted(&a, old);
	char *at = *old ? strstr(in->s, a.s) : NULL;
	if (!at)
		return;
	strbuf_add(&out, in->s, (size_t)(at - in->s));
	setup_quoted(&out, fresh);
	strbuf_puts(&out, at + a.len);
	strbuf_reset(in);
	strbuf_add(in, out.s, out.len);
}

static void
write_channels(const struct setup *s, struct strbuf *out)
{
	const char *pin = s->answers[SETUP_PIN];
	strbuf_puts(out, "# A channel is one way out and in: here a SIM in a modem.\n");
	strbuf_printf(out, "channels = {\n  %s = {\n    driver = \"at\";\n    device = ",
		s->channel);
	setup_quoted(out, s->answers[SETUP_MODEM]);
	strbuf_puts(out, ";\n                                          # serial:imei=... "
			 "finds it under any name\n  ");
	line(out, "pin", pin, "tried once; a wrong one is never tried again");
	strbuf_puts(out, "  };\n};\n\n");
}

static void
write_hours(const struct setup *s, struct strbuf *out)
{
	if (!*s->answers[SETUP_HOURS]) {
		strbuf_puts(out, "# hours = { week = \"mon-fri 10:00-18:00\"; };  # when "
				 "people answer; now: at any time\n\n");
		return;
	}
	const char *holidays = s->old && s->old->hours_holidays
				       ? s->old->hours_holidays
				       : s->answers[SETUP_COUNTRY];
	strbuf_puts(out, "# When people answer: promises and reminders count this time "
			 "alone.\nhours = {\n");
	line(out, "week", s->answers[SETUP_HOURS], "");
	line(out, "lunch", s->answers[SETUP_LUNCH], "shut within the hours");
	line(out, "holidays", holidays, "of a country, and days of your own");
	line(out, "reply", s->answers[SETUP_REPLY], "within which an answer is promised");
	strbuf_puts(out, "};\n\n");
}

static void
write_owner(const struct setup *s, struct strbuf *out)
{
	const struct config *old = s->old;
	if (!*s->answers[SETUP_OWNER] &&
		!(old && (old->owner_alert || old->owner_backup))) {
		strbuf_puts(out,
			"# owner = { phone = \"010-1234-5678\"; };  # who is told "
			"what cannot wait\n\n");
		return;
	}
	strbuf_puts(out, "# Who is told what cannot wait.\nowner = {\n");
	line(out, "phone", s->answers[SETUP_OWNER], "");
	line(out, "alert", old && old->owner_alert ? old->owner_alert : "sms",
		"sms, webhook");
	line(out, "backup", old ? old->owner_backup : NULL,
		"a folder on another disk, for the nightly copy");
	strbuf_puts(out, "};\n\n");
}

static void
compose_new(const struct setup *s, const char *policy, struct strbuf *out)
{
	strbuf_puts(out, "# malgil.cfg, written by `malgil setup`, which may be run "
			 "again: it keeps "
			 "what is here.\n# `malgil check` reads it and names every "
			 "mistake with its "
			 "line; the whole list of\n# settings is in the documented "
			 "malgil.cfg that "
			 "came with the program.\n\nformat = 1;\n\n");
	write_shop(s, out);
	write_places(s, out);
	write_channels(s, out);
	write_hours(s, out);
	write_owner(s, out);
	strbuf_puts(out,
		"# The shop's own rules on top of the country's: caps, quiet hours, "
		"the 080 number.\n");
	strbuf_puts(out, policy ? "policy = " : "# policy = ");
	setup_quoted(out, policy ? policy : "policy.cfg");
	strbuf_puts(out, ";\n");
}

/* ---- an old one, changed where it stands ---- */

static bool
changed(const struct setup *s, enum setup_question q)
{
	return strcmp(s->before[q], s->answers[q]) != 0;
}

static void
change(const struct setup *s, struct strbuf *out, const char *group, const char *name,
	enum setup_question q)
{
	const char *const path[] = {group, name, NULL};
	if (changed(s, q))
		(void)!setup_edit(out, path, s->answers[q]);
}

static void
change_channel(const struct setup *s, struct strbuf *out)
{
	if (!s->old->channel_count) {
		strbuf_putc(out, '\n');
		write_channels(s, out);
		return;
	}
	const char *name = conf_name(s->old->channels[0].node);
	const char *const device[] = {"channels", name, "device", NULL};
	const char *const pin[] = {"channels", name, "pin", NULL};
	if (changed(s, SETUP_MODEM))
		(void)!setup_edit(out, device, s->answers[SETUP_MODEM]);
	if (changed(s, SETUP_PIN))
		(void)!setup_edit(out, pin, s->answers[SETUP_PIN]);
}

static void
compose_old(const struct setup *s, const char *policy, struct strbuf *out)
{
	const struct config *old = s->old;
	static const char *const to_policy[] = {"policy", NULL};
	static const char *const no_hours[] = {"hours", NULL};
	strbuf_puts(out, s->old_text);
	if (out->len && out->s[out->len - 1] != '\n')
		strbuf_putc(out, '\n');
	change(s, out, "shop", "name", SETUP_SHOP);
	change(s, out, "shop", "country", SETUP_COUNTRY);
	change(s, out, "shop", "tz", SETUP_ZONE);
	change_channel(s, out);
	if (old->hours_week && !*s->answers[SETUP_HOURS]) {
		(void)!setup_edit(out, no_hours, "");
	} else if (old->hours_week) {
		change(s, out, "hours", "week", SETUP_HOURS);
		change(s, out, "hours", "lunch", SETUP_LUNCH);
		change(s, out, "hours", "reply", SETUP_REPLY);
	} else if (*s->answers[SETUP_HOURS]) {
		strbuf_putc(out, '\n');
		write_hours(s, out);
	}
	if (old->owner_phone || old->owner_alert || old->owner_backup) {
		change(s, out, "owner", "phone", SETUP_OWNER);
	} else if (*s->answers[SETUP_OWNER]) {
		strbuf_putc(out, '\n');
		write_owner(s, out);
	}
	if (policy && !old->policy_path)
		(void)!setup_edit(out, to_policy, policy);
}

static void
compose(const struct setup *s, const char *policy, struct strbuf *out)
{
	if (s->old && s->old_text)
		compose_old(s, policy, out);
	else
		compose_new(s, policy, out);
}

/* ---- files ---- */

static int
write_file(const struct setup *s, const char *path, const struct strbuf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool good = fd >= 0 && write(fd, text->s, text->len) == (ssize_t)text->len &&
		    fsync(fd) == 0;
	int why = errno;
	if (fd >= 0 && close(fd) != 0)
		good = false;
	if (good && !text->full)
		return 0;
	unlink(path);
	return verb_refuse(s->args->verb, "%s: %s", path,
		text->full ? "it would be too large" : strerror(why));
}

static int
keep_old(const struct setup *s, const char *path, const char *text)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf copy AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	struct tm tm;
	time_t now = time(NULL);
	char when[32];
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	strbuf_printf(&name, "%s.%s", path, when);
	strbuf_puts(&copy, text);
	int code = write_file(s, name.s, &copy);
	if (!code)
		printf("%s %s\n", setup_say(s, "The old one is kept as", "이전 설정:"),
			name.s);
	return code;
}

/* ---- the policy, which has the 080 number ---- */

static char *
read_text(const char *path)
{
	struct strbuf text = STRBUF_INIT(TEXT_MAX);
	char chunk[16384];
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(&text, chunk, n);
	fclose(f);
	char *all = xstrndup(text.s, text.len);
	strbuf_done(&text);
	return all;
}

static void
compose_policy(const struct setup *s, const char *old, struct strbuf *out)
{
	const char *number = s->answers[SETUP_OPTOUT];
	const char *had = s->old ? s->old->policy->optout_080 : NULL;
	const char *brace = old ? strstr(old, "policy = {") : NULL;
	if (old && had && *had) {
		strbuf_puts(out, old);
		replace_text(out, had, number);
	} else if (brace) {
		brace += strlen("policy = {");
		strbuf_add(out, old, (size_t)(brace - old));
		strbuf_puts(out, "\n  optout_080 = ");
		setup_quoted(out, number);
		strbuf_puts(out, ";\n");
		strbuf_puts(out, brace);
	} else {
		strbuf_puts(out,
			"# The shop's own rules on top of the country's; the whole "
			"list is in the documented\n# policy.cfg that came with the "
			"program.\nformat = 1;\npolicy = {\n  optout_080 = ");
		setup_quoted(out, number);
		strbuf_puts(out,
			";             # the free number to refuse promotions\n};\n");
	}
}

/* Where the policy is, or will be; "" when there is none and none is needed. */
static int
write_policy(struct setup *s, struct strbuf *path, bool *fresh)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	struct strbuf temp AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(65536);
	struct policy *policy = NULL;
	const char *had = s->old ? s->old->policy->optout_080 : NULL;
	const char *number = s->answers[SETUP_OPTOUT];
	*fresh = false;
	if (s->old && s->old->policy_path)
		strbuf_puts(path, s->old->policy_path);
	else if (*number)
		strbuf_printf(path, "%s/policy.cfg", s->dir);
	if (!*number || (had && !strcmp(had, number)))
		return 0;
	char *old = read_text(path->s);
	*fresh = !old;
	compose_policy(s, old, &text);
	strbuf_printf(&temp, "%s.new", path->s);
	int code = write_file(s, temp.s, &text);
	if (!code && policy_load(temp.s, &policy, &err) < 0)
		code = verb_refuse(s->args->verb, "%s", err.s);
	policy_free(policy);
	if (!code && old)
		code = keep_old(s, path->s, old);
	if (!code && rename(temp.s, path->s) != 0)
		code = verb_refuse(s->args->verb, "%s: %s", path->s, strerror(errno));
	if (code)
		unlink(temp.s);
	free(old);
	return code;
}

/* ---- all of it ---- */

static int
check_new(struct setup *s, const char *temp)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(65536);
	struct config *config = NULL;
	if (config_load(temp, &config, &err) == 0) {
		config_free(config);
		return 0;
	}
	return verb_refuse(s->args->verb, "%s\n%s", err.s,
		setup_say(s, "Nothing was changed.", "아무것도 바꾸지 않았습니다."));
}

/* The folders it names, so that the gateway can begin. */
static void
make_folder(const char *path)
{
	(void)!mkdir(path, 0750);
}

int
setup_write(struct setup *s)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	struct strbuf temp AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf policy AUTO(strbuf_done) = STRBUF_INIT(8192);
	bool fresh;
	make_folder(s->dir);
	strbuf_printf(&temp, "%s.new", s->path);
	int code = write_policy(s, &policy, &fresh);
	if (code)
		return code;
	compose(s, policy.len ? policy.s : NULL, &text);
	if (s->old_text && !strcmp(text.s, s->old_text)) {
		printf("%s %s\n",
			setup_say(s, "Nothing has changed in", "바뀐 것이 없습니다:"),
			s->path);
		return 0;
	}
	code = write_file(s, temp.s, &text);
	if (!code)
		code = check_new(s, temp.s);
	if (!code && s->old_text)
		code = keep_old(s, s->path, s->old_text);
	if (!code && rename(temp.s, s->path) != 0)
		code = verb_refuse(s->args->verb, "%s: %s", s->path, strerror(errno));
	if (code) {
		unlink(temp.s);
		if (fresh)
			unlink(policy.s);
		return code;
	}
	printf("%s %s\n", setup_say(s, "Written:", "저장했습니다:"), s->path);
	return 0;
}
