/* What else there is on the machine that matters to a modem. */
#include "drivers/at/doctor_inside.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
is_running(const char *name)
{
	struct dirent *e;
	DIR *dir = opendir("/proc");
	bool found = false;
	while (dir && !found && (e = readdir(dir)) != NULL) {
		char path[300], comm[64] = "";
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.200s/comm", e->d_name);
		FILE *f = fopen(path, "r");
		if (f && fgets(comm, sizeof(comm), f)) {
			comm[strcspn(comm, "\n")] = '\0';
			found = strcmp(comm, name) == 0;
		}
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool
rule_installed(void)
{
	static const char *const dirs[] = {"/etc/udev/rules.d", "/usr/lib/udev/rules.d",
		"/lib/udev/rules.d", "/usr/local/lib/udev/rules.d"};
	char path[128];
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/77-malgil.rules", dirs[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

size_t
doctor_plugged(struct device_found *ret, size_t max)
{
	const struct find all = {.by = FIND_IMEI};
	struct find_port ports[FIND_MAX];
	size_t count = MIN(find_list(&all, ports), max);
	for (size_t i = 0; i < count; i++) {
		snprintf(ret[i].device, sizeof(ret[i].device), "%.159s", ports[i].device);
		snprintf(ret[i].product, sizeof(ret[i].product), "%s", ports[i].product);
	}
	return count;
}

void
doctor_machine(struct patient *p)
{
	const struct find all = {.by = FIND_IMEI};
	struct find_port ports[FIND_MAX];
	size_t count = find_list(&all, ports);
	doctor_say(p, count ? EXAM_GOOD : EXAM_NOTE,
		count ? "USB 직렬 포트가 있습니다."
		      : "USB 직렬 포트가 없습니다. 모뎀을 꽂고 몇 초 기다리세요.",
		count ? "%zu USB serial ports are plugged in"
		      : "%zu USB serial ports are plugged in: plug the modem in and wait "
			"a few "
			"seconds",
		count);
	for (size_t i = 0; i < count; i++)
		doctor_say(p, EXAM_NOTE, "", "  %s  usb %s%s%s  %s", ports[i].device,
			ports[i].usb, ports[i].serial[0] ? ":" : "", ports[i].serial,
			ports[i].product);
	if (!is_running("ModemManager"))
		return;
	if (rule_installed())
		doctor_say(p, EXAM_NOTE,
			"ModemManager가 실행 중이지만 우리 모뎀은 건드리지 않습니다.",
			"ModemManager runs; the rule 77-malgil.rules keeps it off our "
			"modems");
	else
		doctor_say(p, EXAM_TROUBLE,
			"ModemManager가 실행 중이며 모뎀을 가로챌 수 있습니다. 필요 "
			"없으면 끄고, "
			"필요하면 udev 규칙을 설치하세요.",
			"ModemManager runs and takes modems for itself. If nothing else "
			"needs "
			"it: sudo systemctl disable --now ModemManager. Otherwise "
			"install "
			"etc/udev/77-malgil.rules into /etc/udev/rules.d");
}
