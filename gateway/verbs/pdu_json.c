#include "gateway/verbs/pdu_json.h"

#include "gateway/sms/dcs.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/validity.h"

static void
set_int(json_t *o, const char *name, int64_t n)
{
	json_object_set_new(o, name, json_integer(n));
}

static void
set_bool(json_t *o, const char *name, bool b)
{
	json_object_set_new(o, name, json_boolean(b));
}

static void
set_hex(json_t *o, const char *name, const uint8_t *p, size_t len)
{
	struct strbuf hex = STRBUF_INIT(1024);
	strbuf_hex(&hex, p, len);
	json_object_set_new(o, name, json_stringn(hex.s, hex.len));
	strbuf_done(&hex);
}

static void
set_time(json_t *o, const char *name, const struct sms_time *time)
{
	char iso[SMS_TIME_ISO];
	sms_time_iso(time, iso);
	json_object_set_new(o, name, time->valid ? json_string(iso) : json_null());
}

static void
set_address(json_t *o, const struct sms_address *address)
{
	json_object_set_new(o, "number", json_string(address->text));
	set_int(o, "toa", address->toa);
}

static void
set_validity(json_t *o, const struct sms_validity *vp)
{
	static const char *const names[] = {"none", "enhanced", "relative", "absolute"};
	json_t *v = json_object();
	json_object_set_new(v, "format", json_string(names[vp->format]));
	switch (vp->format) {
	case VP_NONE: break;
	case VP_RELATIVE: set_int(v, "octet", vp->octets[0]); break;
	case VP_ABSOLUTE:
		json_object_set_new(v, "time", json_string(vp->iso));
		set_hex(v, "octets", vp->octets, 7);
		break;
	case VP_ENHANCED:
		set_hex(v, "octets", vp->octets, 7);
		set_bool(v, "single_shot", sms_validity_single_shot(vp));
		json_object_set_new(v, "kind", json_string(sms_validity_kind(vp)));
		break;
	}
	if (vp->seconds >= 0 && vp->format != VP_NONE)
		set_int(v, "seconds", vp->seconds);
	json_object_set_new(o, "vp", v);
}

static void
set_header(json_t *o, const struct pdu *pdu)
{
	json_t *list = json_array();
	for (size_t i = 0; i < pdu->element_count; i++) {
		json_t *e = json_object();
		set_int(e, "iei", pdu->elements[i].iei);
		set_hex(e, "data", pdu->elements[i].data, pdu->elements[i].len);
		json_array_append_new(list, e);
	}
	json_object_set_new(o, "udh", list);
	if (pdu->concat.total)
		json_object_set_new(o, "concat",
			json_pack("{s:i,s:i,s:i,s:i}", "ref", pdu->concat.ref, "total",
				pdu->concat.total, "seq", pdu->concat.seq, "ref_bits",
				pdu->concat.ref_bits));
	if (pdu->has_ports)
		json_object_set_new(o, "ports",
			json_pack("{s:i,s:i,s:i}", "dst", pdu->port_dst, "src",
				pdu->port_src, "bits", pdu->port_bits));
	if (pdu->single_shift)
		set_int(o, "single_shift", pdu->single_shift);
	if (pdu->locking_shift)
		set_int(o, "locking_shift", pdu->locking_shift);
}

static void
set_waiting(json_t *o, const struct pdu *pdu)
{
	json_t *w = json_object();
	json_object_set_new(w, "kind", json_string(sms_waiting_name(pdu->mwi_kind)));
	set_bool(w, "active", pdu->mwi_active);
	set_bool(w, "store", pdu->mwi_store);
	if (pdu->mwi_count >= 0)
		set_int(w, "count", pdu->mwi_count);
	json_object_set_new(o, "message_waiting", w);
}

static void
set_user_data(json_t *o, const struct pdu *pdu)
{
	json_object_set_new(o, "alphabet", json_string(sms_alphabet_name(pdu->alphabet)));
	if (pdu->msg_class >= 0)
		set_int(o, "class", pdu->msg_class);
	if (pdu->compressed)
		set_bool(o, "compressed", true);
	if (pdu->mwi)
		set_waiting(o, pdu);
	set_int(o, "udl", pdu->udl);
	set_bool(o, "udhi", pdu->udhi);
	if (pdu->udhi)
		set_header(o, pdu);
	if (pdu->alphabet == SMS_8BIT || pdu->compressed)
		set_hex(o, "data_hex", pdu->ud + pdu->payload_at,
			pdu->ud_len - pdu->payload_at);
	else
		json_object_set_new(o, "text", json_stringn(pdu->text, pdu->text_len));
}

static const char *class_name(enum report_class class)
{
	switch (class) {
	case REPORT_DELIVERED: return "delivered";
	case REPORT_FORWARDED: return "forwarded";
	case REPORT_PENDING: return "pending";
	case REPORT_EXPIRED: return "expired";
	case REPORT_FAILED: return "failed";
	case REPORT_GAVE_UP: return "gave_up";
	}
	return "";
}

static void
set_status_report(json_t *o, const struct pdu *pdu)
{
	set_int(o, "mr", pdu->mr);
	set_address(o, &pdu->address);
	set_bool(o, "srq", pdu->srq);
	set_time(o, "scts", &pdu->scts);
	set_time(o, "discharge", &pdu->discharge);
	set_int(o, "status", pdu->status);
	json_object_set_new(o, "status_name", json_string(pdu_status_name(pdu->status)));
	json_object_set_new(o, "status_class",
		json_string(class_name(pdu_status_class(pdu->status))));
}

static void
set_fixed_fields(json_t *o, const struct pdu *pdu)
{
	switch (pdu->type) {
	case PDU_DELIVER:
		set_address(o, &pdu->address);
		set_time(o, "scts", &pdu->scts);
		set_bool(o, "sri", pdu->sri);
		set_bool(o, "rp", pdu->rp);
		break;
	case PDU_SUBMIT:
		set_int(o, "mr", pdu->mr);
		set_address(o, &pdu->address);
		set_validity(o, &pdu->vp);
		set_bool(o, "srr", pdu->srr);
		set_bool(o, "rd", pdu->rd);
		set_bool(o, "rp", pdu->rp);
		break;
	case PDU_STATUS_REPORT: set_status_report(o, pdu); break;
	case PDU_COMMAND:
		set_int(o, "mr", pdu->mr);
		set_address(o, &pdu->address);
		set_bool(o, "srr", pdu->srr);
		set_int(o, "command", pdu->command);
		set_int(o, "command_mr", pdu->command_mr);
		break;
	case PDU_SUBMIT_REPORT: set_time(o, "scts", &pdu->scts); break;
	case PDU_DELIVER_REPORT: break;
	}
}

json_t *
pdu_to_json(const struct pdu *pdu, const struct sms_address *smsc)
{
	json_t *o = json_object(), *warnings = json_array();
	json_object_set_new(o, "type", json_string(pdu_type_name(pdu->type)));
	if (smsc && (smsc->toa || *smsc->text))
		json_object_set_new(o, "smsc", json_string(smsc->text));
	set_fixed_fields(o, pdu);
	if (pdu->has_fcs)
		set_int(o, "fcs", pdu->fcs);
	if (pdu->has_pi)
		set_int(o, "pi", pdu->pi);
	if (pdu->has_pid)
		set_int(o, "pid", pdu->pid);
	if (pdu->has_dcs)
		set_int(o, "dcs", pdu->dcs);
	if (pdu->has_ud)
		set_user_data(o, pdu);
	set_int(o, "tpdu_len", pdu->tpdu_len);
	if (pdu->trailing)
		set_int(o, "trailing_octets", pdu->trailing);
	for (size_t i = 0; i < pdu->warning_count; i++)
		json_array_append_new(warnings, json_string(pdu->warnings[i]));
	if (smsc && smsc->oddity)
		json_array_append_new(warnings, json_string(smsc->oddity));
	json_object_set_new(o, "warnings", warnings);
	return o;
}
