# From the lines of one run to its figures: medians over the rounds, and the ratios.
def median: sort | if length == 0 then null else .[((length - 1) / 2 | floor)] end;
def over(f): map(f) | map(select(. != null)) | median;
def r2: if . == null then null else . * 100 | round / 100 end;
def of(s): map(select(.section == s));
def what(w): map(select(.what == w));

. as $all
| def pace($modems):
	($all | of("pace") | map(select(.modems == $modems))) as $p
	| ($p | what("bare_at")) as $at
	| ($p | what("bare_sqlite")) as $sql
	| ($p | what("send") | map(select(.kind == "plain"))) as $plain
	| ($p | what("send") | map(select(.kind == "reports"))) as $reports
	| ($p | what("send") | map(select(.kind == "single"))) as $single
	| ($p | what("channel_gap")) as $gap
	| {
		modems: $modems,
		rounds: ($plain | length),
		per_second: ($plain | over(.per_second)),
		with_reports_per_second: ($reports | over(.per_second)),
		posted_singly_per_second: ($single | over(.per_second)),
		bare_at_per_second: ($at | over(.per_second)),
		bare_sqlite_per_second: ($sql | over(.per_second)),
		bare_commits_per_second: ($sql | over(.commits_per_second)),
		# each round against what the floors did in that round
		of_bare_at: ([$plain, $at] | transpose
			| map(select(all) | .[0].per_second / .[1].per_second) | median | r2),
		of_bare_sqlite: ([$plain, $sql] | transpose
			| map(select(all) | .[0].per_second / .[1].per_second) | median | r2),
		cpu_us_per_message: ($plain | over(.cpu_us)),
		gap_p50_us: ($gap | over(.p50_us)), gap_p99_us: ($gap | over(.p99_us)),
		wire_gap_p50_us: ($plain | over(.gap_p50_us)),
		wire_gap_p99_us: ($plain | over(.gap_p99_us)),
		wire_gap_while_accepting_p99_us: ($plain | over(.busy_gap_p99_us)),
		bare_commit_p50_us: ($sql | over(.commit_p50_us)),
		bare_commit_p99_us: ($sql | over(.commit_p99_us)),
		bare_gap_p99_us: ($at | over(.gap_p99_us))
	};
def slow($modems):
	($all | of("slow") | map(select(.modems == $modems))) as $s
	| {
		modems: $modems,
		per_second: ($s | what("send") | over(.per_second) | r2),
		bare_at_per_second: ($s | what("bare_at") | over(.per_second) | r2),
		of_bare_at: ([($s | what("send")), ($s | what("bare_at"))] | transpose
			| map(select(all) | .[0].per_second / .[1].per_second)
			| median | . * 1000 | round / 1000)
	};
def reply($section):
	($all | of($section) | what("inbound"))
	| {p50_ms: (over(.reply_p50_us) / 1000), p99_ms: (over(.reply_p99_us) / 1000),
	   max_ms: (over(.reply_max_us) / 1000)};
def memory($when):
	$all | of("memory") | map(select(.when == $when)) | .[0]
	| {private_mib: (.private_kb / 1024 | r2), resident_mib: (.resident_kb / 1024 | r2)};
def ask($like):
	$all | of("queued") | what("ask") | map(select(.path | startswith($like))) | .[0]
	| {p50_ms: (.get_p50_us / 1000), p99_ms: (.get_p99_us / 1000)};
{
	machine: ($all | of("machine") | .[0] + {load_average_after: .[1].load_average}
		| del(.section)),
	pace: [1, 4, 16 | pace(.)],
	slow_modem: [1, 4 | slow(.)],
	inbound_to_reply: (reply("inbound") + {rate: 100,
		bare_commit_p50_ms: ($all | of("inbound") | what("bare_sqlite") | over(.commit_p50_us) / 1000),
		bare_commit_p99_ms: ($all | of("inbound") | what("bare_sqlite") | over(.commit_p99_us) / 1000)}),
	queued: {
		messages: ($all | of("queue") | map(.messages) | add),
		accepted_per_second: ($all | of("queue") | map(select(.kind == "many"))
			| over(.accepted_per_second)),
		accepted_per_second_one_contact: ($all | of("queue") | map(select(.kind == "one"))
			| over(.accepted_per_second)),
		inbound_to_reply: reply("queued"),
		messages_list: ask("/v1/messages"),
		channels: ask("/v1/channels")
	},
	memory: {idle: memory("idle"), queued: memory("queued"), asked: memory("asked")},
	desk: (($all | of("desk")) as $d | {
		first_screen_us: ($d | over(.first_screen_us)),
		inbox: ($d | {p50_us: over(.inbox_p50_us), p99_us: over(.inbox_p99_us), bytes: over(.inbox_bytes)}),
		thread: ($d | {p50_us: over(.thread_p50_us), p99_us: over(.thread_p99_us), bytes: over(.thread_bytes)}),
		typing: ($d | {p50_us: over(.typing_p50_us), p99_us: over(.typing_p99_us), bytes: over(.typing_bytes)}),
		text_us: ($d | over(.text_p50_us)),
		echo: ($d | {p50_us: over(.echo_p50_us), p99_us: over(.echo_p99_us)}),
		private_mib: ($d | over(.private_kb) / 1024 | r2),
		resident_mib: ($d | over(.resident_kb) / 1024 | r2)}),
	neighbours: ($all | of("peers")
		| map({name: (if .what == "send" then "malgil" else .what end), version, failed,
		       per_second: (.per_second | r2)} | del(..|nulls)))
}
