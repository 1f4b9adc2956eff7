/* Packs: a country's rules as data (etc/packs/XX.cfg), with the day they were looked up,
 * the source and how sure we are. They are engineering facts, not legal advice.
 *
 * Several may apply to one text: the recipient's country and state, the sender's country.
 * Who judges takes the strictest of them; nothing here decides. */
#ifndef MALGIL_CORE_PACKS_H
#define MALGIL_CORE_PACKS_H

#include "gateway/base/conf.h"
#include "gateway/core/caps.h"
#include "gateway/sms/place.h"
#include "gateway/store/messages.h"
#include "gateway/text/window.h"

/* What a class of texts may do somewhere. */
struct pack_class {
	char *hours_text; /* as written, NULL: no window */
	struct window hours;
	char *night; /* "consent": a grant for the night lifts the hours; NULL: nothing
			does */
	bool closed_on_holidays;
	char *caps_text;
	struct caps caps;
	char *sim;         /* "refuse": not from a SIM (US marketing); NULL: allowed */
	int64_t sim_parts; /* segments a text from a SIM may have, 0: any */
	char *prefix;      /* the text begins with it */
	char *suffix; /* the text ends with a way out; templates: {shop} {policy.phone}
			 ... */
	char *suffix_marks; /* words any of which shows that the way out is there already
			     */
	bool sender;        /* the shop's name stands in the first line */
	char *source, *confidence;
};

/* A country, or a state of it where its rules are stricter. */
struct pack_rules {
	char region[4]; /* "" the whole country */
	struct pack_class classes[CLASS_COUNT];
	bool has[CLASS_COUNT];
	struct dates holidays; /* the state's own, beside the country's */
};

struct pack {
	char *country, *name, *as_of, *source, *confidence;
	char *lang;     /* of texts for people whose own is not known: "ko" */
	bool day_first; /* "3/4" is the third of April */
	char *forbids;  /* wording no text may have, between commas; NULL: nothing */
	struct pack_rules *rules; /* [0] is the country */
	size_t rules_count;
	struct dates holidays;
	char *holidays_source, *holidays_confidence;
	/* consent words: a list over all languages, between commas */
	char *stop_scope; /* "marketing" | "all" */
	char *stop_match; /* "exact" | "first-word" */
	char *after_stop; /* who may still answer after scope all: "human" (default) |
			     "nobody" */
	struct strbuf stop, hints, start, help;
	bool help_always; /* HELP answers even while a question or a ticket is open */
	char *say_stop, *say_start, *say_help;
	/* consent */
	char *bases; /* which kinds of grant suffice for marketing: "express, sale" */
	int64_t sale_for; /* ms a sale is a basis, 0: it is none */
	int64_t request_for;
	int64_t renew; /* ms after which a grant is due for renewal, 0 never */
	/* what is owed afterwards */
	int64_t notice_result, notice_reconfirm;         /* ms, 0 none */
	char *say_granted, *say_refused, *say_reconfirm; /* what they say */
	/* how long texts, raw octets and events are kept: ms, 0 for ever */
	int64_t keep_texts, keep_raw, keep_events;
	int64_t keep_consent; /* ms, 0: for ever */
	/* a SIM of this country: what is kind to it */
	char *sim_marketing, *sim_all, *sim_recipients;
	struct caps sim_marketing_caps, sim_all_caps, sim_recipients_caps;
	int64_t sim_reserve; /* of the daily budget, for replies */
	/* lengths on the country's clouds */
	char *charset; /* "euc-kr" or NULL */
	int64_t sms_bytes, lms_bytes;
	/* notes for people, not read by the program */
	struct conf *document;
};

struct packs {
	struct pack *list;
	size_t count;
	size_t meant; /* the first so many are the shop's own: ZZ, those it lists, its
			 home */
	struct places *places;
	char *dir;
};

/* The shipped packs, as strings of the program: what holds where no folder of them is.
 * Their "folder" is PACKS_BUILT_IN. */
#define PACKS_BUILT_IN "built-in"
struct pack_text {
	const char *name, *text; /* "KR.cfg"; both NULL at the end */
};
extern const struct pack_text packs_built_in[];

/* One file. 0, or -EINVAL/-errno with a sentence. pack_free() releases what is in it. */
int pack_load(const char *path, struct pack *ret, struct strbuf *err) MUST_USE;
/* Opens a file of a folder, or of PACKS_BUILT_IN. */
int packs_open(const char *path, struct conf **ret, struct strbuf *err) MUST_USE;
void pack_free(struct pack *pack);

/* The folder that holds the shipped packs: etc/packs of the checkout the program was
 * built in, share/malgil/packs beside an installed one, or etc/packs here; PACKS_BUILT_IN
 * where none of them does. */
void packs_find_dir(struct strbuf *ret_dir);
/* ZZ (everywhere else), the packs of `countries` ("KR, NZ"), which have to be there, and
 * of `home`: what the shop's scripts and hours are held against. After them every other
 * pack of the folder: a law binds whether or not the owner thought of the country. */
int packs_load(const char *dir, const char *countries, const char *home,
	struct packs **ret_packs, struct strbuf *err) MUST_USE;
void packs_free(struct packs *packs);

/* NULL when none is loaded. */
const struct pack *packs_country(const struct packs *packs, const char *country);
/* Everywhere else: always there. */
const struct pack *packs_default(const struct packs *packs);
/* The rules of a region beside the country's own, NULL when it has none. */
const struct pack_rules *pack_region(const struct pack *pack, const char *region);

#endif
