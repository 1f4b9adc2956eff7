/* The shapes, and which route takes and answers which. */
#include "gateway/api/openapi.h"

#define STATES                                                                           \
	"text(accepted|held|queued|sending|sent|delivered|undelivered|failed|expired|"   \
	"canceled|suppressed|in_doubt|received)"
#define CLASSES "text(service|reply|marketing)"
#define VERDICT "text(send|defer|suppress|expire|cancel)"

/* clang-format off */
const struct shape shapes[] = {
	{"Problem", "type:text title:text status:int detail:text field:text~"},

	/* messages */
	{"NewMessage", "to:text text:text class:" CLASSES "~ channel:text~ at:text~ "
		"expires:text~ key:text~ report:bool~ flash:bool~ "
		"on_doubt:text(hold|close|resend)~ reply_to:id~"},
	{"Accepted", "id:id state:" STATES " parts:int encoding:text"},
	{"BatchItem", "status:int id:id~ state:" STATES "~ parts:int~ encoding:text~ "
		"detail:text~ field:text~"},
	{"OldMessage", "key:text direction:text(in|out) phone:text text:text at:time "
		"state:text(received|sent|delivered|undelivered|failed)"},
	{"OldItem", "status:int id:id~ result:text(created|unchanged)~ detail:text~"},
	{"MessageRow", "id:id direction:text(in|out) phone:text state:" STATES
		" reason:text? class:text? channel:text? text:text encoding:text? parts:int "
		"parts_done:int created:time updated:time held_until:time? expires:time? "
		"sent:time?~ network_time:time?~ key:text? origin:text? reply_to:id? "
		"contact:id flash:bool"},
	{"Messages", "messages:[@MessageRow] next:id?"},
	{"Message", "on_doubt:text? tries:int attempts:[@Attempt] "
		"report_wanted:bool report:text? report_at:time?", "MessageRow"},
	{"Attempt", "id:id part:int channel:text? sim:text? outcome:text reference:int? "
		"planned_reference:int? provider_id:text? at:time done:time? "
		"took_ms:int? code:int? why:text? price:text? evidence:text? report:text? "
		"report_at:time?"},
	{"Resolve", "how:text(sent|resend|close)"},
	{"Changed", "id:id state:" STATES},
	{"Gate", "gate:text verdict:" VERDICT " rule:text? "
		"until:time?"},
	{"Explanation", "verdict:" VERDICT " until:time? gate:text? "
		"rule:text? channel:text? encoding:text? segments:int text:text "
		"cost:text? gates:[@Gate] id:id phone:text class:text state:" STATES " reason:text?"},
	{"Plan", "verdict:" VERDICT " until:time? gate:text? "
		"rule:text? channel:text? encoding:text segments:int text:text "
		"gates:[@Gate] phone:text class:text at:text? zone:text? "
		"zone_ambiguous:bool country:text? region:text? waits:bool "
		"closes:text? cost:text? gsm_text:text? gsm_segments:int~ "
		"euc_kr:text? euc_kr_bytes:int~ wording_turns_ucs2:bool"},
	{"PlanRequest", "to:text~ tag:text~ text:text class:" CLASSES "~ channel:text~ "
		"at:text~ expires:text~ reply_to:id~ key:text~ report:bool~ flash:bool~ "
		"on_doubt:text(hold|close|resend)~"},
	{"AudiencePlan", "contacts:int send:int defer:int suppress:int expire:int cancel:int "
		"refused:int segments:int cost:text? first:time? last:time? "
		"first_local:text? last_local:text? finish:time? reasons:[@PlanReason]"},
	{"PlanReason", "verdict:" VERDICT " gate:text count:int rule:text"},

	/* channels */
	{"Channel", "name:text driver:text state:text last_error:text? until:time? "
		"imei:text? iccid:text? imsi:text? own_number:text? manufacturer:text? "
		"model:text? revision:text? profile:text? operator:text? "
		"registration:text? signal_dbm:int? device:text? storage:object? sent:int "
		"failed:int in_doubt:int queue:int in_flight:int budget_left:any? "
		"gap_p50_ms:num? gap_p99_ms:num? adopted:bool recovery:text? "
		"reports_while_down:text? "
		"number_before:text? balance:text? balance_at:time? tested_at:time?"},
	{"AlertWaiting", "at:time about:text text:text"},
	{"Channels", "channels:[@Channel] alerts_waiting:[@AlertWaiting]"},
	{"Command", "at:text"},
	{"Ussd", "code:text"},
	{"CommandAnswer", "answer:text"},
	{"Trace", "name:text trace:[text]"},
	{"TopUp", "amount:text"},
	{"Balance", "channel:text balance:text"},

	/* events */
	{"Event", "id:id at:time name:text message:id? contact:id? ticket:id? channel:text? "
		"detail:text?"},
	{"Events", "events:[@Event] next:id? more:bool"},
	{"NewEvent", "name:text id:text~ at:time~ phone:text~ customer:text~ contact:id~ "
		"data:object~"},
	{"EventTaken", "status:int id:id~ contact:id?~ result:text(taken|repeated)~ "
		"warning:text~ detail:text~ field:text~"},
	{"ProductRow", "sku:text name:text category:text? kind:text? price:num? url:text? "
		"howto:text? lasts:num? upgrade_of:text? pack_of:text? goes_with:text?"},
	{"Products", "products:[@ProductRow] next:text?"},
	{"NewProduct", "sku:text name:text category:text~ kind:text(soft|hard)~ url:text~ "
		"howto:text~ upgrade_of:text~ pack_of:text~ goes_with:text~ price:any~ "
		"lasts:any~"},
	{"ProductTaken", "status:int sku:text~ result:text(stored|unchanged)~ detail:text~ "
		"field:text~"},

	/* tickets */
	{"Ticket", "id:id phone:text state:text(waiting|answered|snoozed|closed) queue:text? "
		"topic:text? priority:text(low|normal|high|urgent) agent:text? "
		"bot_muted:bool waiting_since:time? due:time? late:bool first_due:time? "
		"first_answered:time? staff_texts:int snoozed_until:time? claimed:time? "
		"created:time updated:time closed:time? outcome:text? quiet:bool "
		"reopened:int reminded:int message:id? contact:id"},
	{"TicketRow", "text:text? note:text? name:text? last_text:text?", "Ticket"},
	{"Tickets", "tickets:[@TicketRow] next:text?"},
	{"ThreadLine", "id:id at:time what:text direction:text(in|out)? by:text? text:text? "
		"state:text? message:id?"},
	{"TicketWhole", "note:text? name:text? last_text:text? thread:[@ThreadLine]",
		"Ticket"},
	{"TicketReplied", "reply:@Accepted", "Ticket"},
	{"As", "as:text~"},
	{"Assign", "as:text~ to:text~"},
	{"Note", "as:text~ text:text"},
	{"Snooze", "as:text~ until:text"},
	{"Priority", "as:text~ priority:text(low|normal|high|urgent)"},
	{"Queue", "as:text~ queue:text"},
	{"Close", "as:text~ outcome:text~ quiet:bool~"},
	{"Reopen", "as:text~ note:text~"},
	{"Reply", "as:text~ text:text key:text~ seen:id~ at:text~"},
	{"TakeBack", "as:text~ message:id"},
	{"Tag", "as:text~ add:text~ remove:text~"},
	{"Block", "as:text~ blocked:bool"},
	{"NewNumber", "as:text~ to:text"},

	/* the desk */
	{"Desk", "shop:text zone:text agent:text now:time open:bool changes_at:time? "
		"alerts:[text] counts:@DeskCounts cursor:text"},
	{"DeskCounts", "waiting:int answered:int snoozed:int late:int"},
	{"CustomerOrder", "number:text state:text"},
	{"CustomerText", "id:id at:time text:text"},
	{"Customer", "phone:text name:text? tags:[text] stopped:text? promotions:bool "
		"blocked:bool zone:text? script:text? orders:[@CustomerOrder] "
		"promotions_sent:[@CustomerText] scheduled:[@CustomerText]"},
	{"Found", "tickets:[@TicketRow] complete:bool next:text?"},
	{"Day", "date:text day:text in:int out:int opened:int closed:int late:int"},
	{"AgentFigures", "agent:text answers:int closed:int"},
	{"Figures", "days:[@Day] first_answer_ms:int? promised_ms:int "
		"agents:[@AgentFigures]"},
	{"CannedReply", "name:text text:text"},
	{"Canned", "replies:[@CannedReply]"},
	{"Here", "ticket:id~ typing:bool~"},
	{"Present", "agent:text ticket:id? typing:bool"},
	{"Presence", "version:int present:[@Present]"},
	{"OpenTicket", "as:text~ phone:text topic:text~ queue:text~ "
		"priority:text(low|normal|high|urgent)~ note:text~"},

	/* consent */
	{"ConsentRow", "id:id at:time action:text scope:text list:text? method:text "
		"address:text words:text? wording:text? message:id? operator:text? "
		"basis:text?"},
	{"Consent", "phone:text ledger:[@ConsentRow] stopped:text? stopped_at:time?"},
	{"ConsentChange", "phone:text action:text(grant|revoke|deny|kept|reconfirm) "
		"scope:text(marketing|all|night)~ list:text~ words:text~ wording:text~ "
		"method:text(staff|import|api|provider|form)~ operator:text~ "
		"basis:text(express|sale|soft|request)~ source:text~ age:text~ "
		"message:id~ at:time~ expires:text~ night:bool~"},
	{"Id", "id:id"},

	/* contacts */
	{"ContactRow", "id:id phone:text created:time last_in:time? last_out:time? zone:text? "
		"region:text? stopped:text? stopped_at:time? dead_since:time? "
		"forgotten_before:time?"},
	{"Contacts", "contacts:[@ContactRow] next:id?"},
	{"ConsentNow", "marketing:bool since:time? expires:time? basis:text? list:text? "
		"night:bool"},
	{"RunningRow", "id:id script:text step:text state:text started:time updated:time"},
	{"Contact", "country:text? number_region:text? consent:@ConsentNow tags:[text] "
		"running:[@RunningRow] fields:object ticket:id?", "ContactRow"},
	{"ContactChange", "zone:text?~ region:text?~ language:text?~ fields:object~"},
	{"ContactChanged", "id:id phone:text"},
	{"TagChange", "add:[text]~ remove:[text]~"},
	{"Forget", "operator:text~ why:text~ dry:bool~"},
	{"Forgotten", "contact:id? done:bool messages:int consents:int tickets:int fields:int "
		"tags:int orders:int conversations:int stopped:text "
		"consents_kept_until:time? kept_by:text? files:[@ReadFolder]"},
	{"ReadFolder", "folder:text days:int"},
	{"ContactWhole", "ledger:[@ExportConsent] messages:[@ExportMessage] "
		"orders:[@ExportOrder]", "Contact"},
	{"ExportConsent", "id:id at:time action:text scope:text list:text? method:text "
		"words:text? wording:text? basis:text?"},
	{"ExportMessage", "id:id direction:text(in|out) created:time state:" STATES
		" class:" CLASSES "~ channel:text? text:text"},
	{"ExportOrder", "number:text source:text? name:text? state:text? placed:time? "
		"track:text? items:[text]"},
	{"Clock", "state:text(right|wrong|accepted) now:time newest:time? built:time why:text~"},
	{"Pause", "what:text at:time? until:time? agent:text? why:text?"},
	{"Pauses", "pauses:[@Pause]"},
	{"NewPause", "what:text until:text~ why:text~"},

	/* campaigns and audiences */
	{"CampaignDraft", "name:text title:text~ audience:text~ if:text~ class:text~ "
		"text:any~ variants:object~ winner:object~ slot:text~ at:time~ "
		"expires:text~ stages:object~ throttle:text~ holdout:int~ goal:object~ "
		"remind:object~ tag:text~ cap:text(skip|defer)~ channel:text~"},
	{"CampaignRow", "id:id name:text state:text(draft|running|paused|canceled|done) "
		"why:text? agent:text? round:int planned:int winner:text? created:time "
		"started:time? ended:time?"},
	{"Campaign", "definition:text", "CampaignRow"},
	{"Campaigns", "campaigns:[@CampaignRow]"},
	{"CampaignStart", "yes:int~"},
	{"CampaignPlan", "name:text people:int holdout:int contacts:int send:int defer:int "
		"suppress:int expire:int cancel:int refused:int segments:int cost:text? "
		"first:time? last:time? first_local:text? last_local:text? "
		"reasons:[@PlanReason] finish:time? variants:[@PlanVariant] "
		"pools:[@PlanPool] sample:text?"},
	{"PlanPool", "pool:text known:bool wanted:int has:int"},
	{"PlanVariant", "name:text? people:int"},
	{"CampaignFigures", "name:text? people:int waiting:int sent:int delivered:int "
		"failed:int suppressed:int canceled:int replies:int clicks:int goals:int "
		"optouts:int value:num goal_percent:num?"},
	{"CampaignReport", "variants:[@CampaignFigures] holdout:[@CampaignFigures] "
		"reminded:int partial:bool looked_at:int of:int note:text~ "
		"judgement:@Judgement against_holdout:@Lift", "CampaignRow"},
	{"Judgement", "by:text? says:text winner:text? sure:num min_each:int"},
	{"Lift", "says:text sure:num"},
	{"NewAudience", "name:text if:text~ note:text~"},
	{"Audience", "name:text kind:text(rule|list|shipped) if:text? note:text?"},
	{"Audiences", "audiences:[@Audience]"},
	{"Person", "id:id phone:text"},
	{"PeopleCount", "people:int of:int whole:bool took_ms:int sample:[@Person]"},
	{"People", "people:[@Person] next:id?"},
	{"Members", "add:[text]~ remove:[text]~"},
	{"MembersTaken", "added:int removed:int refused:int detail:text?"},

	/* money, and what is thrown away */
	{"Cost", "today:@Spent month:@Spent budget:text? tariffs:bool"},
	{"Spent", "channels:[@ChannelSpent] cost:text"},
	{"ChannelSpent", "channel:text? messages:int segments:int cost:text balance:text~"},
	{"Retention", "tonight:[@Purge]"},
	{"Purge", "what:text before:time? rows:int"},

	/* what came in */
	{"Arrival", "id:id at:time channel:text? sim:text? kind:text state:text error:text? "
		"starts:int smsc:text? bytes:text message:id?"},
	{"Arrivals", "arrivals:[@Arrival] next:id?"},
	{"Report", "id:id at:time channel:text? sim:text? reference:int recipient:text? "
		"status:int submitted:time? attempt:id? message:id?"},
	{"Reports", "reports:[@Report] next:id?"},

	/* orders */
	{"NewOrder", "number:text source:text~ phone:text~ name:text~ state:text~ "
		"carrier:text~ track:text~ eta:text~ currency:text~ total:any~ "
		"placed:time~ items:[@NewOrderItem]~"},
	{"NewOrderItem", "item:text variant:text~ sku:text~ quantity:any~ amount:any~"},
	{"OrderTaken", "number:text id:id result:text(created|changed|unchanged)"},
	{"OrderItemTaken", "status:int number:text~ id:id~ "
		"result:text(created|changed|unchanged)~ detail:text~ field:text~"},
	{"Order", "id:id number:text source:text? phone:text? name:text? state:text? "
		"state_word:text? state_label:text? carrier:text? track:text? eta:text? "
		"total:text? currency:text? placed:time? created:time updated:time "
		"items:[@OrderItem]"},
	{"OrderItem", "item:text variant:text? sku:text? quantity:int amount:text?"},
	{"Orders", "orders:[@Order] next:text?"},

	/* files */
	{"ImportReport", "what:text rows:int created:int changed:int same:int refused:int "
		"warned:int errors:[@ImportError] errors_left_out:int"},
	{"ImportError", "line:int taken:bool detail:text field:text~"},

	{"NewAway", "first:text last:text says:text~"},
	{"Away", "away:bool since:time? until:time? says:text? by:text?"},
	{"NewHoliday", "days:text name:text~ remove:bool~"},
	{"Holiday", "day:text name:text? by:text?"},
	{"Holidays", "holidays:[@Holiday] configured:text?"},
	{"NewRoll", "file:text columns:[text]"},
	{"Roll", "id:id file:text at:time by:text? state:text(open|done|undoing|undone) "
		"created:int changed:int unchanged:int refused:int granted:int "
		"stopped:int kept_out:int removed:int restored:int left_as:int "
		"done_at:time?"},
	{"Rolls", "imports:[@Roll] next:id?"},
	{"RollRows", "notes:[@RollNote] new:int changed:int unchanged:int refused:int"},
	{"RollNote", "row:int result:text(new|changed|unchanged|refused) why:text"},

	/* scripts */
	{"Script", "name:text title:text? kind:text(dialog|journey) hash:text steps:int"},
	{"ScriptText", "text:text? tests:[@VariantTest]", "Script"},
	{"VariantTest", "script:text step:text by:text(goal|click|reply) "
		"state:text(open|decided|over|left) winner:text? verdict:text says:text "
		"texts:[@VariantFigures] best:text? second:text? p:text? bar:text? low:num? "
		"high:num? looks:int since:time counted:time? decided:time?"},
	{"VariantFigures", "name:text people:int did:int percent:num?"},
	{"Scripts", "scripts:[@Script]"},
	{"Run", "id:id contact:id phone:text script:text hash:text step:text "
		"state:text(new|reply|pause|lookup|ticket|sending|ended|settling|"
		"waiting) outcome:text? why:text? journey:bool texts:int due:time? "
		"started:time updated:time"},
	{"Runs", "runs:[@Run] next:id?"},
	{"RunWhole", "heard:id? awaits:id? waits:int asked_again:int reminded:int "
		"places:[@RunPlace] timers:[@RunTimer] said:[@RunText]", "Run"},
	{"RunPlace", "script:text hash:text step:text variables:object"},
	{"RunTimer", "kind:text(timeout|wait|lookup|unclaimed|expire|unknown) due:time? "
		"held:bool counts:bool"},
	{"RunText", "message:id step:text variant:text? state:" STATES " at:time"},
	{"EndRun", "reason:text"},
	{"ScriptFound", "level:text(error|warning) sentence:text"},
	{"ScriptJudged", "found:[@ScriptFound] good:bool"},

	/* who may what */
	{"NewToken", "name:text role:text(owner|agent|app|read) staff:text~ expires:text~"},
	{"Rotate", "grace:text~"},
	{"Token", "id:id name:text role:text(owner|agent|app|read) staff:text? handle:text "
		"state:text(good|expired|revoked) created:time rotated:time? "
		"old_until:time? expires:time? revoked:time? last_used:time?"},
	{"TokenSecret", "token:text", "Token"},
	{"Tokens", "tokens:[@Token] next:id?"},
	{"NewStaff", "name:text login:text~ phone:text~ role:text(owner|agent|read)~"},
	{"StaffChange", "login:text~ phone:text~ role:text(owner|agent|read)~"},
	{"Staff", "id:id name:text role:text(owner|agent|read) login:text? phone:text? "
		"created:time gone:time?"},
	{"StaffList", "staff:[@Staff]"},
	{"Leave", "to:text~"},
	{"Left", "tokens_revoked:int tickets_moved:int to:text?", "Staff"},
	{"AuditRow", "id:id at:time who:text? via:text? token:id? action:text target:text? "
		"detail:text? refused:int?"},
	{"Audit", "audit:[@AuditRow] next:id?"},

	/* keeping */
	{"Backup", "file:text at:time bytes:int"},
	{"Backups", "folder:text? running:bool pages_done:int pages:int last_good:time? "
		"last_try:time? failed:text? log_failed:text? key_trouble:text? restored:time? trouble:text? "
		"backups:[@Backup]"},
	{"Confirmed", "confirmed:bool"},
	{"Platform", "name:text profile:text about:text folder:text~ trouble:text~ "
		"reading:text~"},
	{"PlatformFile", "id:id source:text name:text at:time done:time? "
		"state:text(reading|done|partly|failed) why:text~ bytes:int rows:int orders:int "
		"created:int changed:int events:int refused:int"},
	{"Sources", "sources:[@Platform] files:[@PlatformFile]"},

	/* webhooks */
	{"Webhook", "name:text url:text? events:text? state:text why:text? cursor:id? "
		"replaying_to:id? pending:int dead:int oldest:time? next_try:time? "
		"last_success:time? last_failure:time?"},
	{"Webhooks", "newest_event:id? webhooks:[@Webhook]"},
	{"Delivery", "id:id kind:text event:id? name:text? message:id? state:text tries:int "
		"status:int? why:text? took_ms:int created:time? next_try:time? "
		"given_up:time? done:time?"},
	{"Deliveries", "deliveries:[@Delivery] next:id?"},
	{"Again", "from:text~ to:text~ delivery:id~ dead:bool~"},
	{"WebhookDone", "webhook:text done:text deliveries:int~"},
	{"WebhookTested", "webhook:text delivery:id? state:text status:int why:text? "
		"took_ms:int"},

	/* coupons and reports */
	{"CouponPool", "pool:text prefix:text? worth:text? reward:text? most:int made:int "
		"low:int lasts_hours:int stands_hours:int until:time? free:int given:int "
		"redeemed:int void:int"},
	{"CouponPools", "pools:[@CouponPool]"},
	{"CouponPoolChange", "prefix:text~ worth:text~ reward:text~ most:int~ low:int~ "
		"lasts:text~ stands:text~ until:text~"},
	{"NewCodes", "codes:[text]~ make:int~"},
	{"CodesTaken", "pool:text added:int known:int made:int"},
	{"Code", "code:text pool:text state:text(free|given|redeemed|void|expired) "
		"given:time? expires:time? phone:text? message:id? redeemed:time? "
		"order:text? times:int script:text? step:text?"},
	{"Codes", "codes:[@Code] next:id?"},
	{"ShopReport", "from:time until:time zone:text currency:text empty:bool partial:bool "
		"missing:[text] texts_until:time~ "
		"notes:[text] alarm:bool measures:[@Measure] days:[@ReportDay] "
		"steps:[@ReportStep] variants:[object] winners:[@VariantTest] journeys:[object] "
		"channels:[object] agents:[object] sources:[object] best_hour:text "
		"hours:[@ReportHour] weekdays:[@ReportHour]"},
	{"Measure", "name:text title:text unit:text(percent|count|money|seconds|points) "
		"value:num? of:int~ n:int small:bool missing:bool formula:text"},
	{"ReportDay", "day:text sent:int received:int orders:int revenue:num left:int"},
	{"ReportStep", "script:text? step:text variant:text? sent:int kept_back:int "
		"failed:int delivered:num? linked:int clicked:int click:num? replied:int "
		"reply:num? left:int orders:int conversion:num? revenue:num cost:num "
		"small:bool below_average:bool"},
	{"ReportHour", "at:int sent:int replied:int clicked:int answered:num? small:bool"},

	/* health */
	{"Health", "channels:[@ChannelHealth] status:text(ok|degraded|sick) "
		"channels_ready:int store:@StoreHealth clock_believed:bool "
		"draining:bool"},
	{"ChannelHealth", "name:text state:text registration:text? last_error:text? "
		"last_reply:time? last_sent:time?"},
	{"StoreHealth", "writable:bool trouble:text?"},
	{"Ready", "ready:bool"},
	{0},
};

const struct route_doc route_docs[] = {
	{"POST", "/v1/messages", "@NewMessage", "202:@Accepted"},
	{"GET", "/v1/messages", NULL, "200:@Messages"},
	{"POST", "/v1/messages/batch", "[@NewMessage]", "200:[@BatchItem]"},
	{"POST", "/v1/messages/import", "[@OldMessage]", "200:[@OldItem]"},
	{"GET", "/v1/messages/{id}", NULL, "200:@Message"},
	{"POST", "/v1/messages/{id}/cancel", NULL, "200:@Changed"},
	{"POST", "/v1/messages/{id}/resolve", "@Resolve", "200:@Changed"},
	{"GET", "/v1/messages/{id}/explain", NULL, "200:@Explanation"},
	{"POST", "/v1/plan", "@PlanRequest", "200:@Plan|@AudiencePlan"},

	{"GET", "/v1/channels", NULL, "200:@Channels"},
	{"GET", "/v1/channels/{name}", NULL, "200:@Channel"},
	{"POST", "/v1/channels/{name}/command", "@Command", "200:@CommandAnswer"},
	{"POST", "/v1/channels/{name}/ussd", "@Ussd", "200:@CommandAnswer"},
	{"POST", "/v1/channels/{name}/test", NULL, "200:@Channel"},
	{"GET", "/v1/channels/{name}/trace", NULL, "200:@Trace"},
	{"POST", "/v1/channels/{name}/reset", NULL, "200:@Channel"},
	{"POST", "/v1/channels/{name}/adopt", NULL, "200:@Channel"},

	{"POST", "/v1/channels/{name}/topups", "@TopUp", "201:@Balance"},

	{"GET", "/v1/events", NULL, "200:@Events"},
	{"POST", "/v1/events", "@NewEvent|[@NewEvent]",
		"202:@EventTaken 200:@EventTaken|[@EventTaken]"},
	{"GET", "/v1/products", NULL, "200:@Products"},
	{"POST", "/v1/products", "@NewProduct|[@NewProduct]",
		"200:@ProductTaken|[@ProductTaken]"},

	{"GET", "/v1/tickets", NULL, "200:@Tickets"},
	{"POST", "/v1/tickets", "@OpenTicket", "200:@Ticket"},
	{"GET", "/v1/tickets/{id}", NULL, "200:@TicketWhole"},
	{"POST", "/v1/tickets/{id}/reply", "@Reply", "202:@TicketReplied"},
	{"POST", "/v1/tickets/{id}/claim", "@As", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/assign", "@Assign", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/note", "@Note", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/snooze", "@Snooze", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/priority", "@Priority", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/queue", "@Queue", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/close", "@Close", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/reopen", "@Reopen", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/undo", "@TakeBack", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/tags", "@Tag", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/block", "@Block", "200:@Ticket"},
	{"POST", "/v1/tickets/{id}/number", "@NewNumber", "200:@Ticket"},
	{"GET", "/v1/tickets/{id}/customer", NULL, "200:@Customer"},
	{"GET", "/v1/desk", NULL, "200:@Desk"},
	{"GET", "/v1/search", NULL, "200:@Found"},
	{"GET", "/v1/figures", NULL, "200:@Figures"},
	{"GET", "/v1/canned", NULL, "200:@Canned"},
	{"GET", "/v1/presence", NULL, "200:@Presence"},
	{"POST", "/v1/presence", "@Here", "200:@Presence"},

	{"GET", "/v1/consent/{phone}", NULL, "200:@Consent"},
	{"POST", "/v1/consent", "@ConsentChange", "201:@Id"},
	{"GET", "/v1/contacts", NULL, "200:@Contacts"},
	{"GET", "/v1/contacts/{phone}", NULL, "200:@Contact"},
	{"POST", "/v1/contacts/{phone}", "@ContactChange", "200:@ContactChanged"},
	{"POST", "/v1/contacts/{phone}/tags", "@TagChange", "200:@ContactChanged"},
	{"POST", "/v1/contacts/{phone}/forget", "@Forget", "200:@Forgotten"},
	{"GET", "/v1/contacts/{phone}/export", NULL, "200:@ContactWhole"},
	{"GET", "/v1/campaigns", NULL, "200:@Campaigns"},
	{"POST", "/v1/campaigns", "@CampaignDraft", "201:@Campaign"},
	{"GET", "/v1/campaigns/{name}", NULL, "200:@Campaign"},
	{"POST", "/v1/campaigns/{name}/plan", NULL, "200:@CampaignPlan"},
	{"POST", "/v1/campaigns/{name}/start", "@CampaignStart", "200:@Campaign"},
	{"POST", "/v1/campaigns/{name}/pause", NULL, "200:@Campaign"},
	{"POST", "/v1/campaigns/{name}/resume", NULL, "200:@Campaign"},
	{"POST", "/v1/campaigns/{name}/cancel", NULL, "200:@Campaign"},
	{"GET", "/v1/campaigns/{name}/report", NULL, "200:@CampaignReport"},
	{"GET", "/v1/audiences", NULL, "200:@Audiences"},
	{"POST", "/v1/audiences", "@NewAudience", "200:@Audiences"},
	{"GET", "/v1/audiences/{name}/people", NULL, "200:@People"},
	{"POST", "/v1/audiences/{name}/members", "@Members", "200:@MembersTaken"},
	{"POST", "/v1/audiences/{name}/remove", NULL, "200:@Audiences"},
	{"GET", "/v1/people/count", NULL, "200:@PeopleCount"},
	{"GET", "/v1/clock", NULL, "200:@Clock"},
	{"POST", "/v1/clock/accept", NULL, "200:@Clock"},
	{"GET", "/v1/pauses", NULL, "200:@Pauses"},
	{"POST", "/v1/pauses", "@NewPause", "200:@Pauses"},
	{"POST", "/v1/pauses/lift", "@NewPause", "200:@Pauses"},
	{"GET", "/v1/cost", NULL, "200:@Cost"},
	{"GET", "/v1/retention", NULL, "200:@Retention"},
	{"GET", "/v1/arrivals", NULL, "200:@Arrivals"},
	{"GET", "/v1/reports", NULL, "200:@Reports"},
	{"GET", "/v1/report", NULL, "200:@ShopReport"},
	{"GET", "/v1/coupons", NULL, "200:@CouponPools"},
	{"POST", "/v1/coupons/{pool}", "@CouponPoolChange", "200:@CouponPool"},
	{"POST", "/v1/coupons/{pool}/codes", "@NewCodes", "200:@CodesTaken"},
	{"GET", "/v1/coupons/{pool}/codes", NULL, "200:@Codes"},
	{"GET", "/v1/codes/{code}", NULL, "200:@Code"},
	{"POST", "/v1/codes/{code}/void", NULL, "200:@Code"},
	{"GET", "/l/{code}", NULL, "302:text/plain 404:text/html 410:text/html"},

	{"POST", "/v1/orders", "@NewOrder", "201:@OrderTaken 200:@OrderTaken"},
	{"POST", "/v1/orders/bulk", "[@NewOrder]", "200:[@OrderItemTaken]"},
	{"GET", "/v1/orders", NULL, "200:@Orders"},
	{"GET", "/v1/orders/{number}", NULL, "200:@Order"},
	{"GET", "/v1/away", NULL, "200:@Away"},
	{"POST", "/v1/away", "@NewAway", "200:@Away"},
	{"POST", "/v1/away/end", NULL, "200:@Away"},
	{"GET", "/v1/holidays", NULL, "200:@Holidays"},
	{"POST", "/v1/holidays", "@NewHoliday", "200:@Holidays"},
	{"GET", "/v1/imports", NULL, "200:@Rolls"},
	{"POST", "/v1/imports", "@NewRoll", "201:@Roll"},
	{"GET", "/v1/imports/{id}", NULL, "200:@Roll"},
	{"POST", "/v1/imports/{id}/rows", "any", "200:@RollRows"},
	{"POST", "/v1/imports/{id}/finish", NULL, "200:@Roll"},
	{"POST", "/v1/imports/{id}/undo", NULL, "200:@Roll"},
	{"POST", "/v1/import/{what}", "file", "200:@ImportReport"},

	{"GET", "/v1/scripts", NULL, "200:@Scripts"},
	{"GET", "/v1/scripts/{name}", NULL, "200:@ScriptText"},
	{"POST", "/v1/scripts/check", "any", "200:@ScriptJudged"},
	{"POST", "/v1/scripts/reload", NULL, "200:@Scripts"},
	{"GET", "/v1/runs", NULL, "200:@Runs"},
	{"GET", "/v1/runs/{id}", NULL, "200:@RunWhole"},
	{"POST", "/v1/runs/{id}/end", "@EndRun", "200:@RunWhole"},

	{"GET", "/v1/tokens", NULL, "200:@Tokens"},
	{"POST", "/v1/tokens", "@NewToken", "201:@TokenSecret"},
	{"POST", "/v1/tokens/{token}/revoke", NULL, "200:@Token"},
	{"POST", "/v1/tokens/{token}/rotate", "@Rotate", "200:@TokenSecret"},
	{"GET", "/v1/staff", NULL, "200:@StaffList"},
	{"POST", "/v1/staff", "@NewStaff", "201:@Staff"},
	{"POST", "/v1/staff/{name}", "@StaffChange", "200:@Staff"},
	{"POST", "/v1/staff/{name}/remove", "@Leave", "200:@Left"},
	{"GET", "/v1/audit", NULL, "200:@Audit"},

	{"GET", "/v1/sources", NULL, "200:@Sources"},
	{"GET", "/v1/backups", NULL, "200:@Backups"},
	{"POST", "/v1/backups", NULL, "202:@Backups"},
	{"POST", "/v1/restore/confirm", NULL, "200:@Confirmed"},

	{"POST", "/hooks/sources/{source}", "any", "200:text/plain"},
	{"POST", "/hooks/{channel}", "any", "200:text/plain"},
	{"GET", "/hooks/{channel}", NULL, "200:text/plain"},
	{"POST", "/hooks/{channel}/{rest}", "any", "200:text/plain"},
	{"GET", "/hooks/{channel}/{rest}", NULL, "200:text/plain"},

	{"GET", "/v1/webhooks", NULL, "200:@Webhooks"},
	{"GET", "/v1/webhooks/{name}/deliveries", NULL, "200:@Deliveries"},
	{"POST", "/v1/webhooks/{name}/test", NULL, "200:@WebhookTested"},
	{"POST", "/v1/webhooks/{name}/replay", "@Again", "200:@WebhookDone"},
	{"POST", "/v1/webhooks/{name}/skip", NULL, "200:@WebhookDone"},
	{"POST", "/v1/webhooks/{name}/enable", NULL, "200:@WebhookDone"},
	{"POST", "/v1/webhooks/{name}/disable", NULL, "200:@WebhookDone"},

	/* What Twilio and Kannel describe themselves. */
	{"POST", "/2010-04-01/Accounts/{sid}/Messages.json", "any", "201:object"},
	{"GET", "/2010-04-01/Accounts/{sid}/Messages.json", NULL, "200:object"},
	{"GET", "/2010-04-01/Accounts/{sid}/Messages/{message}", NULL, "200:object"},
	{"POST", "/2010-04-01/Accounts/{sid}/Messages/{message}", "any", "200:object"},
	{"DELETE", "/2010-04-01/Accounts/{sid}/Messages/{message}", NULL, "405:object"},
	{"GET", "/cgi-bin/sendsms", NULL, "202:text/html"},
	{"POST", "/cgi-bin/sendsms", "any", "202:text/html"},

	{"GET", "/v1/openapi.json", NULL, "200:object"},
	{"GET", "/healthz", NULL, "200:@Health 503:@Health"},
	{"GET", "/readyz", NULL, "200:@Ready"},
	{"GET", "/metrics", NULL, "200:text/plain"},
	{0},
};
/* clang-format on */
