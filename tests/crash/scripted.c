#include "tests/crash/scripted.h"

#include <stdio.h>
#include <sys/stat.h>

void
scripted_prepare(struct play *p, struct rig *rig, const char *name, const char *script)
{
	char path[160], settings[400], file[96];
	p->outgoing = p->incoming = 0;
	rig_path(rig, "scripts", path);
	mkdir(path, 0700);
	snprintf(settings, sizeof(settings),
		"scripts = \"%s/scripts\";\npolicy = \"%s/policy.cfg\";\n", rig->dir,
		rig->dir);
	rig_put(rig, "policy.cfg", "we",
		"format = 1; policy = { quiet = { service = \"never\"; }; };\n");
	snprintf(file, sizeof(file), "scripts/%s", name);
	rig_put(rig, file, "we", script);
	rig_put(rig, "malgil.cfg", "ae", settings);
}

void
scripted_add(const char *kind, const struct scripted_row *rows, size_t count,
	const struct play *like, void (*add)(void *arg, const struct play *p), void *arg)
{
	for (size_t i = 0; i < count; i++) {
		struct play p = *like;
		p.powercut = rows[i].powercut;
		p.leak = rows[i].powercut ? 30 : 0;
		p.fault_count = *rows[i].second ? 2 : 1;
		snprintf(p.faults[0], 64, "%s", rows[i].first);
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.name, sizeof(p.name), "%s: %s %s%s%s", kind,
			p.powercut ? "powercut" : "kill", rows[i].first,
			*rows[i].second ? ", " : "", rows[i].second);
		add(arg, &p);
	}
}
