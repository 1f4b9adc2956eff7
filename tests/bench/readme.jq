# The two tables under "Figures" of the README, from the files of one `make bench`.
def n0: if . == null then "-" else (round | tostring
	| [while(length > 0; .[:-3])] | map(.[-3:]) | reverse | join(",")) end;
def pc: if . == null then "-" else . * 100 | round | tostring + " %" end;
def ms($us): if $us == null then "-" else $us / 10 | round / 100 | tostring end;
def m: if . == null then "-" else . * 100 | round / 100 | tostring end;
def list(f): map(f) | if length > 1 then .[:-1] as $most
	| ($most | join(", ")) + " and " + .[-1] else (.[0] // "-") end;
def row: "| " + join(" | ") + " |";
def fig($file; $name): $file | map(select(.figure | startswith($name))) | .[0].value;

($bench[0]) as $b
| "What `make bench` printed on \($b.machine.cpu), \($b.machine.cores) cores, " +
	"\($b.machine.kernel), \($b.machine.disk); medians of \($b.pace[0].rounds) rounds taken",
"in turns, simulated modems that answer at once unless said otherwise; load average",
"\($b.machine.load_average | split(" ")[0]) before and " +
	"\($b.machine.load_average_after | split(" ")[0]) after. The ratios are the point: everything",
"in a column ran on the same machine in the same minutes.",
"",
(["", "1 modem", "4 modems", "16 modems"] | row),
(["---", "---", "---", "---"] | row),
(["texts per second, API to final commit", ($b.pace[] | .per_second | n0)] | row),
(["the same with status reports", ($b.pace[] | .with_reports_per_second | n0)] | row),
(["of bare SQLite doing the same statements", ($b.pace[] | .of_bare_sqlite | pc)] | row),
(["of a bare AT loop in C that keeps nothing", ($b.pace[] | .of_bare_at | pc)] | row),
(["CPU per text", ($b.pace[] | .cpu_us_per_message | n0 + " us")] | row),
(["+CMGS to next AT+CMGS, p99", ($b.pace[] | ms(.gap_p99_us) + " ms")] | row),
(["the same as the modem sees it, p99", ($b.pace[] | ms(.wire_gap_p99_us) + " ms")] | row),
(["modems that take 200 ms, against the bare loop",
	($b.slow_modem[] | .of_bare_at | pc), ""] | row),
"",
(["", ""] | row),
(["---", "---"] | row),
(["text in to reply accepted by the modem, at \($b.inbound_to_reply.rate) a second",
	"p50 \($b.inbound_to_reply.p50_ms | m) ms, p99 \($b.inbound_to_reply.p99_ms | m) ms"] | row),
(["memory idle, private and resident",
	"\($b.memory.idle.private_mib | m) and \($b.memory.idle.resident_mib | m) MiB"] | row),
(["memory with \($b.queued.messages | n0) texts queued",
	"\($b.memory.queued.private_mib | m) and \($b.memory.queued.resident_mib | m) MiB"] | row),
(["texts accepted per second, each to another number", ($b.queued.accepted_per_second | n0)] | row),
($b.neighbours | ["ten texts on one modem: " +
	list("\(.name)\(if .version then " \(.version)" else "" end)"),
	list(if .failed then "none" else .per_second | m end) + " per second"] | row),
($api | map(select(.what == "posts")) |
	["posted to the API over TCP, each on disk before its 202: " +
		list(.connections | tostring) + " connections",
	 list(.per_second | n0) + " per second, p99 " + list(.p99_ms | m) + " ms"] | row),
(["contacts from a file, half of them with a consent",
	(fig($people; "imported, half with a consent") | n0) + " rows per second; " +
	"sqlite3 alone \(fig($people; "sqlite3 importing the same file") | n0)"] | row),
($api | map(select(.what == "streams")) | .[0] // {} |
	["memory with \(.streams | n0) silent streams of events",
	 "\(if .with_streams_kib then .with_streams_kib / 1024 | round else "-" end) MiB private, " +
	 "\(.kib_each | n0) KiB each"] | row),
($b.desk | (["the desk with 10,000 tickets open: first screen", ms(.first_screen_us) + " ms"] | row),
	(["the desk: a key to its screen, in the inbox, in a thread of 5,000 texts, while writing",
	  "p50 \([.inbox, .thread, .typing] | list(ms(.p50_us))) ms; " +
	  "p99 \([.inbox, .thread, .typing] | list(ms(.p99_us))) ms"] | row),
	(["the desk: a customer's text, from the handset through the modem to the screen",
	  ms(.text_us) + " ms"] | row),
	(["the desk: bytes for a key, in the inbox, in a thread, while writing; private memory",
	  "\([.inbox, .thread, .typing] | list(.bytes | n0)); \(.private_mib | m) MiB"] | row)),
(["`admit()`, every gate, on one core", (fig($policy; "admit() on one core") | n0) + " per second"] | row),
(["a campaign decided and queued, against `INSERT ... SELECT` of the same rows",
	"\(fig($policy; "a campaign decided and queued") | n0) and " +
	"\(fig($policy; "the same rows by INSERT ... SELECT") | n0) rows per second"] | row),
(["an audience of five conditions counted, among a million people",
	"\(fig($campaigns; "an audience of five conditions counted") | n0) ms"] | row),
(["events through fifty journeys, of what SQL alone would write",
	"\(fig($journeys; "events through 50 journeys") | n0) per second, " +
	"\(fig($journeys; "of what SQL alone would write") | m) %"] | row),
(["webhook deliveries in order, of bare HTTP exchanges",
	"\(fig($push; "webhook deliveries, in order") | n0) per second, " +
	"\(fig($push; "webhook deliveries against bare exchanges") | pc)"] | row)
