/* The handlers of all resources, as the table in routes.c names them. */
#ifndef MALGIL_API_RESOURCES_H
#define MALGIL_API_RESOURCES_H

#include "gateway/api/request.h"

/* messages.c: what changes something; messages_read.c: what only looks */
void messages_post(struct request *rq);
void messages_cancel(struct request *rq);
void messages_resolve(struct request *rq);
void messages_batch(struct request *rq);  /* batch.c */
void messages_import(struct request *rq); /* messages_import.c */
void messages_get(struct request *rq);
void message_get(struct request *rq);
void message_explain(struct request *rq);

void channels_get(struct request *rq);
void channel_get(struct request *rq);
void channel_post_command(struct request *rq);
void channel_post_ussd(struct request *rq);
void channel_post_test(struct request *rq);
void channel_get_trace(struct request *rq);
void channel_post_reset(struct request *rq);
void channel_post_adopt(struct request *rq);

void events_get(struct request *rq);
void events_post(struct request *rq); /* events_post.c */
void products_post(struct request *rq);
void products_get(struct request *rq); /* products.c */
/* tickets.c: looking; tickets_change.c: what people do */
void tickets_get(struct request *rq);
void ticket_get(struct request *rq);
void tickets_post(struct request *rq);
void ticket_claim(struct request *rq);
void ticket_assign(struct request *rq);
void ticket_note(struct request *rq);
void ticket_snooze(struct request *rq);
void ticket_prioritise(struct request *rq);
void ticket_move(struct request *rq);
void ticket_close(struct request *rq);
void ticket_reopen(struct request *rq);
void ticket_reply(struct request *rq);
void ticket_undo(struct request *rq);
void ticket_tag(struct request *rq);
void ticket_block(struct request *rq);
void ticket_number(struct request *rq);
/* desk.c: what the staff terminal asks for at once; presence.c: who else is there */
void desk_get(struct request *rq);
void customer_get(struct request *rq);
void search_get(struct request *rq);
void figures_get(struct request *rq);
void canned_get(struct request *rq);
void presence_get(struct request *rq);
void presence_post(struct request *rq);
void consent_get(struct request *rq);
void consent_post(struct request *rq);
/* contacts.c looks, contacts_change.c changes */
void contacts_get(struct request *rq);
void contact_get(struct request *rq);
void contact_export(struct request *rq);
void contact_post(struct request *rq);
void contact_tags(struct request *rq);
void contact_forget(struct request *rq);
void sources_call(struct request *rq); /* sources.c */
/* sources_list.c */
void sources_list(struct request *rq);
/* backups.c */
void backups_get(struct request *rq);
void backups_post(struct request *rq);
void restore_post_confirm(struct request *rq);

void clock_get(struct request *rq); /* clock.c */
void clock_post_accept(struct request *rq);
void pauses_get(struct request *rq); /* pauses.c */
void pauses_post(struct request *rq);
void pauses_lift(struct request *rq);
void link_get(struct request *rq);    /* links.c */
void coupons_get(struct request *rq); /* coupons.c */
void coupons_post(struct request *rq);
void coupon_codes_post(struct request *rq);
void coupon_codes_get(struct request *rq);
void code_get(struct request *rq);
void code_post_void(struct request *rq);
void report_get(struct request *rq); /* report.c */
void cost_get(struct request *rq);   /* cost.c */
void channel_topup(struct request *rq);
void retention_get(struct request *rq);
void plan_post(struct request *rq); /* plan.c */
/* plan_audience.c: the same for all with a tag */
struct plan_for_tag {
	const char *tag, *text;
	const char *class_name, *channel; /* NULL: not said */
	int64_t at;                       /* 0: now */
};
void plan_audience(struct request *rq, const struct plan_for_tag *of);
void campaigns_get(struct request *rq); /* campaigns.c */
void campaigns_post(struct request *rq);
void campaign_get(struct request *rq);
void campaign_post_plan(struct request *rq);
void campaign_post_start(struct request *rq);
void campaign_post_pause(struct request *rq);
void campaign_post_resume(struct request *rq);
void campaign_post_cancel(struct request *rq);
void campaign_get_report(struct request *rq);
void audiences_get(struct request *rq); /* audiences.c */
void audiences_post(struct request *rq);
void audience_get_count(struct request *rq);
void audience_get_people(struct request *rq);
void audience_post_members(struct request *rq);
void audience_post_remove(struct request *rq);
void arrivals_get(struct request *rq);
void reports_get(struct request *rq);

/* orders.c looks, orders_put.c changes */
void orders_post(struct request *rq);
void orders_bulk(struct request *rq);
void orders_get(struct request *rq);
void order_get(struct request *rq);

void import_post(struct request *rq); /* import.h */
/* away.c */
void away_get(struct request *rq);
void away_post(struct request *rq);
void away_post_end(struct request *rq);
void holidays_get(struct request *rq);
void holidays_post(struct request *rq);
/* rolls.c */
void rolls_get(struct request *rq);
void rolls_post(struct request *rq);
void roll_get(struct request *rq);
void roll_post_rows(struct request *rq);
void roll_post_finish(struct request *rq);
void roll_post_undo(struct request *rq);

void tokens_get(struct request *rq);
void tokens_post(struct request *rq);
void token_post_revoke(struct request *rq);
void token_post_rotate(struct request *rq);
void staff_get(struct request *rq);
void staff_post(struct request *rq);
void staff_change(struct request *rq);
void staff_remove(struct request *rq);
/* May it be the name of a token or a person? */
bool name_is_plain(const char *name);
void audit_get(struct request *rq);
void hooks_call(struct request *rq); /* hooks.c: a provider's callback */

void scripts_get(struct request *rq);
void script_get(struct request *rq);
void scripts_check(struct request *rq);
void scripts_reload(struct request *rq);
void runs_get(struct request *rq);
void run_get_one(struct request *rq);
void run_post_end(struct request *rq);
void openapi_get(struct request *rq);

/* webhooks.c */
void webhooks_get(struct request *rq);
void webhook_deliveries(struct request *rq);
void webhook_test(struct request *rq);
void webhook_replay(struct request *rq);
void webhook_skip(struct request *rq);
void webhook_enable(struct request *rq);
void webhook_disable(struct request *rq);

/* What others' clients speak: twilio.c, kannel.c */
void twilio_messages(struct request *rq);
void twilio_message(struct request *rq);
void kannel_sendsms(struct request *rq);

void health_get(struct request *rq);
void ready_get(struct request *rq);
void metrics_get(struct request *rq);

#endif
