/* A disk that was copied whole, such as a memory card, brings the machine's id, its name
 * and the store's place along: two computers that look like one. Their network cards are
 * not the same. Addresses that belong to hardware are kept, as short hashes; a computer
 * none of whose cards is known is another one, and where there is none to be seen (a
 * container, a driver that comes late) nothing is concluded. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "gateway/net/sign.h"
#include "gateway/store/instance.h"

const char *instance_net_folder = "/sys/class/net";

static bool
read_word(const char *card, const char *name, char ret[64])
{
	char path[512];
	snprintf(path, sizeof(path), "%.200s/%.200s/%s", instance_net_folder, card, name);
	FILE *f = fopen(path, "re");
	bool good = f && fscanf(f, "%63s", ret) == 1;
	if (f)
		fclose(f);
	return good;
}

static bool
is_hardware(const char *card)
{
	char path[512], word[64];
	snprintf(path, sizeof(path), "%.200s/%.200s/device", instance_net_folder, card);
	DIR *device = opendir(path);
	if (device)
		closedir(device);
	/* "NET_ADDR_PERM" in linux/netdevice.h: not made up at start */
	return device && read_word(card, "addr_assign_type", word) && !strcmp(word, "0");
}

static void
add_card(const char *card, struct strbuf *ret)
{
	char address[64];
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(128);
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	if (!is_hardware(card) || !read_word(card, "address", address) ||
		strspn(address, "0:") == strlen(address))
		return;
	strbuf_printf(&said, "malgil %s", address);
	sign_digest(SIGN_SHA256, said.s, said.len, &md);
	if (ret->len)
		strbuf_puts(ret, " ");
	sign_hex(ret, md.s, 6);
}

void
instance_cards(struct strbuf *ret)
{
	DIR *dir = opendir(instance_net_folder);
	struct dirent *e;
	while (dir && ret->len < 400 && (e = readdir(dir)))
		if (*e->d_name != '.')
			add_card(e->d_name, ret);
	if (dir)
		closedir(dir);
}

bool
instance_cards_strange(const char *before, const char *now)
{
	char word[16];
	int n;
	if (!*before || !*now)
		return false;
	for (const char *p = now; sscanf(p, "%15s%n", word, &n) == 1; p += n)
		if (strstr(before, word))
			return false;
	return true;
}
