# The figures as a person reads them, and as the README shows them.
def n0: if . == null then "-" else round | tostring end;
def pc: if . == null then "-" else . * 100 | round | tostring + " %" end;
def ms($us): if $us == null then "-" else $us / 10 | round / 100 | tostring + " ms" end;
def m: if . == null then "-" else . * 100 | round / 100 | tostring end;
def row: "| " + join(" | ") + " |";
"",
"Measured by `make bench` on \(.machine.cpu), \(.machine.cores) cores, \(.machine.kernel), " +
	"\(.machine.disk); medians of \(.pace[0].rounds) rounds, load average " +
	"\(.machine.load_average | split(" ")[0]) before and " +
	"\(.machine.load_average_after | split(" ")[0]) after. Modems are simulated and answer at once.",
"",
(["", "1 modem", "4 modems", "16 modems"] | row),
(["---", "---", "---", "---"] | row),
(["texts per second, API to final commit", (.pace[] | .per_second | n0)] | row),
(["the same with status reports", (.pace[] | .with_reports_per_second | n0)] | row),
(["a bare AT loop in C", (.pace[] | .bare_at_per_second | n0)] | row),
(["bare SQLite, the same statements", (.pace[] | .bare_sqlite_per_second | n0)] | row),
(["of the bare loop", (.pace[] | .of_bare_at | pc)] | row),
(["of bare SQLite", (.pace[] | .of_bare_sqlite | pc)] | row),
(["CPU per text", (.pace[] | .cpu_us_per_message | n0 + " us")] | row),
(["+CMGS to next AT+CMGS, p50", (.pace[] | ms(.gap_p50_us))] | row),
(["+CMGS to next AT+CMGS, p99", (.pace[] | ms(.gap_p99_us))] | row),
(["the same as the modem sees it, p99", (.pace[] | ms(.wire_gap_p99_us))] | row),
(["and while texts are accepted at full speed, p99", (.pace[] | ms(.wire_gap_while_accepting_p99_us))] | row),
(["one commit of bare SQLite, p50", (.pace[] | ms(.bare_commit_p50_us))] | row),
(["one commit of bare SQLite, p99", (.pace[] | ms(.bare_commit_p99_us))] | row),
"",
(["", "figure"] | row),
(["---", "---"] | row),
(["each text posted by itself, 4 modems", (.pace[1].posted_singly_per_second | n0) + " per second"] | row),
(.slow_modem[] | ["\(.modems) modem(s) that take 200 ms, against the bare loop",
	"\(.per_second | m) of \(.bare_at_per_second | m) per second, \(.of_bare_at * 1000 | round / 10) %"] | row),
(["text in to reply accepted by the modem, 100 a second",
	"p50 \(.inbound_to_reply.p50_ms | m) ms, p99 \(.inbound_to_reply.p99_ms | m) ms"] | row),
(["one commit of bare SQLite in between (a reply needs two)",
	"p50 \(.inbound_to_reply.bare_commit_p50_ms | m) ms, p99 \(.inbound_to_reply.bare_commit_p99_ms | m) ms"] | row),
(["memory idle, private and resident", "\(.memory.idle.private_mib | m) and \(.memory.idle.resident_mib | m) MiB"] | row),
(["memory with \(.queued.messages) texts queued", "\(.memory.queued.private_mib | m) and \(.memory.queued.resident_mib | m) MiB"] | row),
(["accepted per second, each to another number", (.queued.accepted_per_second | n0)] | row),
(["accepted per second, all to one number", (.queued.accepted_per_second_one_contact | n0)] | row),
(["text in to reply with all that queued", "p50 \(.queued.inbound_to_reply.p50_ms | m) ms, p99 \(.queued.inbound_to_reply.p99_ms | m) ms"] | row),
(["messages list, then", "p50 \(.queued.messages_list.p50_ms | m) ms, p99 \(.queued.messages_list.p99_ms | m) ms"] | row),
(["channels status, then", "p50 \(.queued.channels.p50_ms | m) ms, p99 \(.queued.channels.p99_ms | m) ms"] | row),
(.desk | (["the desk with 10,000 tickets: first screen", ms(.first_screen_us)] | row),
	(["key to screen in the inbox", "p50 \(ms(.inbox.p50_us)), p99 \(ms(.inbox.p99_us)), \(.inbox.bytes) bytes"] | row),
	(["key to screen in a thread of 5,000 texts", "p50 \(ms(.thread.p50_us)), p99 \(ms(.thread.p99_us)), \(.thread.bytes) bytes"] | row),
	(["key to screen while writing", "p50 \(ms(.typing.p50_us)), p99 \(ms(.typing.p99_us)), \(.typing.bytes) bytes"] | row),
	(["a customer's text, from the handset through the modem to the screen", "p50 \(ms(.text_us))"] | row),
	(["a bare echo on the same terminal", "p50 \(ms(.echo.p50_us)), p99 \(ms(.echo.p99_us))"] | row),
	(["memory of the desk, private and resident", "\(.private_mib | m) and \(.resident_mib | m) MiB"] | row)),
(.neighbours[] | ["\(.name) \(.version // ""), ten texts on one modem",
	if .failed then "did not send" else "\(.per_second | m) per second" end] | row),
""
