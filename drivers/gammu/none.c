/* The driver `gammu` in a program that was built without libgammu. */
#include <errno.h>

#include "gateway/core/driver.h"

extern const struct driver_ops driver_gammu;

static int
none_check(const struct conf_node *group, struct strbuf *err)
{
	return conf_fail(conf_get(group, "driver"), err,
		"this malgil was built without libgammu (WITH_GAMMU=0); for a modem: "
		"driver = \"at\"");
}

static struct driver *
none_open(const struct driver_env *env, struct strbuf *err)
{
	none_check(env->config, err);
	return NULL;
}

static void
none_close(struct driver *d)
{
	(void)d;
}

const struct driver_ops driver_gammu = {
	.name = "gammu",
	.check = none_check,
	.open = none_open,
	.close = none_close,
};
