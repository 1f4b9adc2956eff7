#include "drivers/cloud/profile_fields.h"

#define CALL(m)    offsetof(struct cloud_call, m)
#define AUTH(m)    offsetof(struct cloud_auth, m)
#define BODY(m)    offsetof(struct cloud_body, m)
#define VARIANT(m) offsetof(struct cloud_variant, m)
#define CANON(m)   offsetof(struct cloud_canon, m)
#define VERIFY(m)  offsetof(struct cloud_verify, m)
#define READING(m) offsetof(struct cloud_reading, m)
#define REPLY(m)   offsetof(struct cloud_reply, m)
#define LIMIT(m)   offsetof(struct cloud_throttle, m)
#define ERRORS(m)  offsetof(struct cloud_errors, m)
#define TOP(m)     offsetof(struct cloud_profile, m)

struct error_paths {
	struct cloud_texts code, text;
};

static const struct field body_fields[] = {
	{"type", F_TEXT, BODY(type)},
	{"fields", F_PAIRS, BODY(fields)},
	{"template", F_TEXT, BODY(content)},
	{0},
};
static const struct field auth_fields[] = {
	{"type", F_TEXT, AUTH(type)},
	{"user", F_TEXT, AUTH(user)},
	{"pass", F_TEXT, AUTH(pass)},
	{"header", F_TEXT, AUTH(header)},
	{"value", F_TEXT, AUTH(value)},
	{"alg", F_TEXT, AUTH(alg)},
	{"key", F_TEXT, AUTH(key)},
	{"enc", F_TEXT, AUTH(enc)},
	{"base", F_TEXT, AUTH(base)},
	{"provider", F_TEXT, AUTH(provider)},
	{"claims", F_TEXT, AUTH(claims)},
	{0},
};
static const struct field variant_fields[] = {
	{"category", F_TEXTS, VARIANT(category)},
	{"class", F_TEXTS, VARIANT(class)},
	{"url", F_TEXT, VARIANT(url)},
	{"method", F_TEXT, VARIANT(method)},
	{"headers", F_PAIRS, VARIANT(headers)},
	{"body", F_GROUP, VARIANT(body), body_fields, sizeof(struct cloud_body)},
	{0},
};
static const struct field error_fields[] = {
	{"code", F_TEXTS, offsetof(struct error_paths, code)},
	{"text", F_TEXTS, offsetof(struct error_paths, text)},
	{0},
};
static const struct field call_fields[] = {
	{"method", F_TEXT, CALL(method)},
	{"url", F_TEXT, CALL(url)},
	{"headers", F_PAIRS, CALL(headers)},
	{"body", F_GROUP, CALL(body), body_fields, sizeof(struct cloud_body)},
	{"auth", F_GROUP, CALL(auth), auth_fields, sizeof(struct cloud_auth)},
	{"timeout", F_SPAN, CALL(timeout)},
	{"ok_http", F_TEXTS, CALL(ok_http)},
	{"ok_if", F_PAIRS, CALL(ok_if)},
	{"fail_if", F_PAIRS, CALL(fail_if)},
	{"id", F_TEXTS, CALL(id)},
	{"each", F_TEXT, CALL(each)},
	{"state", F_TEXT, CALL(state)},
	{"price", F_TEXT, CALL(price)},
	{"currency", F_TEXT, CALL(currency)},
	{"match", F_PAIRS, CALL(match)},
	{"every", F_SPAN, CALL(every)},
	{"error", F_GROUP, CALL(error), error_fields, sizeof(struct error_paths)},
	{"variants", F_GROUPS, CALL(variants), variant_fields,
		sizeof(struct cloud_variant), CALL(variant_count)},
	{0},
};
static const struct field canon_fields[] = {
	{"kv", F_TEXT, CANON(kv)},
	{"pair", F_TEXT, CANON(pair)},
	{"lead", F_TEXT, CANON(lead)},
	{"dedup", F_BOOL, CANON(dedup)},
	{"urlenc", F_BOOL, CANON(urlenc)},
	{"exclude", F_TEXTS, CANON(exclude)},
	{"replace", F_PAIRS, CANON(replace)},
	{0},
};
static const struct field verify_fields[] = {
	{"scheme", F_TEXT, VERIFY(scheme)},
	{"from", F_TEXT, VERIFY(from)},
	{"key", F_TEXT, VERIFY(key)},
	{"user", F_TEXT, VERIFY(user)},
	{"alg", F_TEXT, VERIFY(alg)},
	{"enc", F_TEXT, VERIFY(enc)},
	{"base", F_TEXT, VERIFY(base)},
	{"base_get", F_TEXT, VERIFY(base_get)},
	{"separator", F_TEXT, VERIFY(separator)},
	{"timestamp", F_TEXT, VERIFY(timestamp)},
	{"unit", F_TEXT, VERIFY(unit)},
	{"tolerance", F_SPAN, VERIFY(tolerance)},
	{"url_variants", F_TEXTS, VERIFY(url_variants)},
	{"params", F_GROUP, VERIFY(params), canon_fields, sizeof(struct cloud_canon)},
	{"query", F_GROUP, VERIFY(query), canon_fields, sizeof(struct cloud_canon)},
	{"body_hash", F_TEXT, VERIFY(body_hash)},
	{"claims", F_PAIRS, VERIFY(claims)},
	{"topic", F_TEXT, VERIFY(topic)},
	{"reply_bad", F_INT, VERIFY(reply_bad)},
	{0},
};
static const struct field reply_fields[] = {
	{"http", F_INT, REPLY(http)},
	{"type", F_TEXT, REPLY(type)},
	{"body", F_TEXT, REPLY(body)},
	{0},
};
static const struct field reading_fields[] = {
	{"match", F_PAIRS, READING(match)},
	{"each", F_TEXT, READING(each)},
	{"id", F_TEXTS, READING(id)},
	{"from", F_TEXT, READING(from)},
	{"to", F_TEXT, READING(to)},
	{"text", F_TEXT, READING(text)},
	{"time", F_TEXT, READING(time)},
	{"charset", F_TEXT, READING(charset)},
	{"optout_hint", F_TEXT, READING(optout_hint)},
	{"optout_words", F_TEXTS, READING(optout_words)},
	{"ref", F_TEXT, READING(ref)},
	{"total", F_TEXT, READING(total)},
	{"part", F_TEXT, READING(part)},
	{"key", F_TEXT, READING(key)},
	{"state", F_TEXT, READING(state)},
	{"phone", F_TEXT, READING(phone)},
	{"price", F_TEXT, READING(price)},
	{"currency", F_TEXT, READING(currency)},
	{"code", F_TEXTS, READING(code)},
	{"why", F_TEXTS, READING(why)},
	{"map", F_PAIRS, READING(map)},
	{"map_prefix", F_PAIRS, READING(map_prefix)},
	{"reply", F_GROUP, READING(reply), reply_fields, sizeof(struct cloud_reply)},
	{0},
};
static const struct field class_fields[] = {
	{"name", F_TEXT, offsetof(struct cloud_class, name)},
	{"max_bytes", F_INT, offsetof(struct cloud_class, max_bytes)},
	{0},
};
static const struct field throttle_fields[] = {
	{"http", F_TEXTS, LIMIT(http)},
	{"codes", F_TEXTS, LIMIT(codes)},
	{"retry_after", F_TEXTS, LIMIT(retry_after)},
	{"unit", F_TEXT, LIMIT(unit)},
	{"rate", F_INT, LIMIT(rate)},
	{"burst", F_INT, LIMIT(burst)},
	{0},
};
static const struct field errors_fields[] = {
	{"temporary", F_TEXTS, ERRORS(temporary)},
	{"optout", F_TEXTS, ERRORS(optout)},
	{"invalid", F_TEXTS, ERRORS(invalid)},
	{"auth", F_TEXTS, ERRORS(auth)},
	{"credit", F_TEXTS, ERRORS(credit)},
	{"blocked", F_TEXTS, ERRORS(blocked)},
	{"permanent", F_TEXTS, ERRORS(permanent)},
	{"doubt", F_TEXTS, ERRORS(doubt)},
	{0},
};
const struct field cloud_profile_fields[] = {
	{"name", F_TEXT, TOP(name)},
	{"title", F_TEXT, TOP(title)},
	{"secrets", F_TEXTS, TOP(secrets)},
	{"defaults", F_PAIRS, TOP(defaults)},
	{"number_format", F_TEXT, TOP(number_format)},
	{"from_format", F_TEXT, TOP(from_format)},
	{"charset", F_TEXT, TOP(charset)},
	{"classes", F_GROUPS, TOP(classes), class_fields, sizeof(struct cloud_class),
		TOP(class_count)},
	{"encoding_gsm7", F_TEXT, TOP(encoding_gsm7)},
	{"encoding_ucs2", F_TEXT, TOP(encoding_ucs2)},
	{"send", F_GROUP, TOP(send), call_fields, sizeof(struct cloud_call)},
	{"poll", F_GROUP, TOP(poll), call_fields, sizeof(struct cloud_call)},
	{"lookup", F_GROUP, TOP(lookup), call_fields, sizeof(struct cloud_call)},
	{"fetch", F_GROUP, TOP(fetch), call_fields, sizeof(struct cloud_call)},
	{"throttle", F_GROUP, TOP(throttle), throttle_fields,
		sizeof(struct cloud_throttle)},
	{"errors", F_GROUP, TOP(errors), errors_fields, sizeof(struct cloud_errors)},
	{"verify", F_GROUPS, TOP(verify), verify_fields, sizeof(struct cloud_verify),
		TOP(verify_count)},
	{"inbound", F_GROUPS, TOP(inbound), reading_fields, sizeof(struct cloud_reading),
		TOP(inbound_count)},
	{"status", F_GROUPS, TOP(status), reading_fields, sizeof(struct cloud_reading),
		TOP(status_count)},
	{"optout", F_GROUPS, TOP(optout), reading_fields, sizeof(struct cloud_reading),
		TOP(optout_count)},
	{"unwrap", F_TEXT, TOP(unwrap)},
	{"reply", F_GROUP, TOP(reply), reply_fields, sizeof(struct cloud_reply)},
	{0},
};
