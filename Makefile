# Malgil: one Makefile, read from top to bottom. `make help` lists what a person types.

B      ?= build
CC     ?= cc
CXX    ?= c++
PREFIX ?= /usr/local
SYSCONF ?= /etc
VERSION := 0.1.0

# Where malgil finds its configuration and the modem profiles; a checkout uses its own.
CONFIG_DEFAULT ?= etc/malgil.cfg
NOTES_DEFAULT ?= firmware-notes

PKGS := libuv libconfig sqlite3 libmicrohttpd jansson icu-uc icu-i18n libcrypto libcurl expat \
	libserialport ncursesw libzip
# Phones over libgammu; WITH_GAMMU=0 leaves them, and the library, out.
WITH_GAMMU ?= 1
ifneq ($(WITH_GAMMU),0)
PKGS += gammu
endif
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wundef \
	-Wno-missing-field-initializers -Werror=implicit
DEFS = -DMALGIL_VERSION='"$(VERSION)"' -DMALGIL_CONFIG_DEFAULT='"$(CONFIG_DEFAULT)"' \
	-DMALGIL_NOTES_DEFAULT='"$(NOTES_DEFAULT)"'

ALL_CFLAGS   = -std=c11 -D_GNU_SOURCE -I. $(DEFS) $(WARN) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP
ALL_CXXFLAGS = -std=c++17 -I. -Wall -Wextra -O2 -g $(SAN) -MMD -MP
PKG_CFLAGS  := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
$(if $(PKG_LIBS),,$(warning libraries are missing; `make setup` names and installs them))
LIBS         = $(PKG_LIBS) -lphonenumber -lstdc++ -lpthread -lm

SRC  := $(sort $(wildcard gateway/*/*.c drivers/*/*.c dialogs/*.c))
SRC  := $(filter-out $(if $(filter 0,$(WITH_GAMMU)),$(filter-out %/none.c, \
	$(wildcard drivers/gammu/*.c)),drivers/gammu/none.c),$(SRC))
CCSRC := $(sort $(wildcard gateway/*/*.cc))
PACKS := $(sort $(wildcard etc/packs/*.cfg))
SQL  := $(sort $(wildcard gateway/store/schema/*.sql))
OBJ  := $(SRC:%.c=$(B)/%.o) $(CCSRC:%.cc=$(B)/%.o) $(B)/gateway/store/schema.o \
	$(B)/gateway/core/packs_built_in.o
TOP  := $(patsubst %.c,$(B)/%.o,$(wildcard gateway/*.c))
LIB  := $(B)/libmalgil.a
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
UNIT := $(filter-out $(if $(filter 0,$(WITH_GAMMU)),%/test_gammu),$(UNIT))
TESTLIB := $(B)/libtest.a
TESTOBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/lib/*.c)))
E2E  := $(sort $(wildcard tests/e2e/*))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCH := $(patsubst %.c,$(B)/%,$(filter-out %/record.c,$(sort $(wildcard tests/bench/*.c)))) \
	$(B)/tests/bench/record.so
POWERCUT := $(B)/tests/crash/powercut.so
PROVIDER := $(B)/tests/bench/provider
CRASH := $(B)/tests/crash/crash
SCREENS := $(B)/tests/screen/play
CRASHOBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/vfs.c,$(sort $(wildcard tests/crash/*.c))))

FUZZ_SECONDS ?= 20
SAN_CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_LDFLAGS := -fsanitize=address,undefined
VALGRIND := valgrind -q --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --error-exitcode=9

# Short lines unless V=1.
run = $(if $(V),$(3),@printf '  %-5s %s\n' $(1) $(2) && $(3))

all: $(B)/malgil ## build the program

$(B)/malgil: $(TOP) $(LIB)
	$(call run,LINK,$@,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS))

# Rebuilt whole, so that an object whose source is gone leaves with it.
$(LIB): $(OBJ)
	@rm -f $@
	$(call run,AR,$@,ar rcs $@ $^)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call run,CC,$<,$(CC) $(ALL_CFLAGS) -c -o $@ $<)

$(B)/%.o: %.cc
	@mkdir -p $(@D)
	$(call run,CXX,$<,$(CXX) $(ALL_CXXFLAGS) -c -o $@ $<)

# The schema's SQL files become strings in the program, in the order of their numbers.
$(B)/gateway/store/schema.c: $(SQL) etc/sql-to-c
	@mkdir -p $(@D)
	$(call run,SQL,$@,sh etc/sql-to-c $(SQL) >$@)

$(B)/gateway/store/schema.o: $(B)/gateway/store/schema.c
	$(call run,CC,$<,$(CC) $(ALL_CFLAGS) -c -o $@ $<)

# And so do the packs.
$(B)/gateway/core/packs_built_in.c: $(PACKS) etc/packs-to-c
	@mkdir -p $(@D)
	$(call run,PACKS,$@,sh etc/packs-to-c $(PACKS) >$@)

$(B)/gateway/core/packs_built_in.o: $(B)/gateway/core/packs_built_in.c
	$(call run,CC,$<,$(CC) $(ALL_CFLAGS) -c -o $@ $<)

# ---- tests ----

$(B)/tests/unit/%: tests/unit/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,TEST,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) \
		$(LIBS) -lcmocka)

# An archive: a test takes from it only what it names.
$(TESTLIB): $(TESTOBJ)
	@rm -f $@
	$(call run,AR,$@,ar rcs $@ $^)

unit: $(UNIT) ## run the unit tests
	@tests/lib/run-unit $(UNIT)

e2e: $(B)/malgil $(POWERCUT) $(PROVIDER) $(SCREENS) ## run the program as its users do
	@MALGIL=$(abspath $<) POWERCUT_SO=$(abspath $(POWERCUT)) \
		PROVIDER=$(abspath $(PROVIDER)) SCREENS=$(abspath $(SCREENS)) \
		tests/lib/run-e2e $(E2E)

test: setup ## everything a change must pass: unit, e2e, the quick half of crash
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory e2e
	@$(MAKE) --no-print-directory crash-quick

openapi: $(B)/malgil ## requests against the providers' own descriptions (needs npm)
	@MALGIL=$(abspath $<) B=$(abspath $(B)) tests/openapi/run

check: setup ## the unit tests under the sanitizers and valgrind
	@$(MAKE) --no-print-directory B=build-san CFLAGS='$(SAN_CFLAGS)' \
		LDFLAGS='$(SAN_LDFLAGS)' unit
	@UNIT_UNDER='$(VALGRIND)' $(MAKE) --no-print-directory unit \
		UNIT='$(filter-out %/test_powercut,$(UNIT))' # hundreds of children to be killed

lint: setup ## arrows, headers, style, layout, two compilers, clang-tidy, cppcheck
	@B=$(B) LINT_CFLAGS="$$LINT_CFLAGS" tests/lib/lint $(CHECKS)
lint: export LINT_CFLAGS = $(subst ',,$(DEFS)) $(WARN) $(PKG_CFLAGS)

format: ## lay out every C file as .clang-format says
	clang-format -i $$(find gateway drivers dialogs tests -name '*.[ch]')

fuzz: setup ## libFuzzer, FUZZ_SECONDS for each target
	@$(MAKE) --no-print-directory B=build-fuzz CC=clang CXX=clang++ \
		CFLAGS='$(SAN_CFLAGS) -fsanitize=fuzzer-no-link' LDFLAGS='$(SAN_LDFLAGS)' fuzz-run
fuzz-run: $(FUZZ)
	@tests/lib/run-fuzz $(FUZZ_SECONDS) $(FUZZ)

$(B)/tests/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(call run,FUZZ,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIB) $(LIBS))

# The whole server, on the tests' bench.
$(B)/tests/fuzz/fuzz_request: tests/fuzz/fuzz_request.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,FUZZ,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< \
		$(TESTLIB) $(LIB) $(LIBS) -lcmocka)

cover: setup ## lines the unit tests reach, a row for each room
	@$(MAKE) --no-print-directory B=build-cover CFLAGS='-O0 -g --coverage' \
		LDFLAGS=--coverage unit
	@tests/lib/cover build-cover

# ---- the program at work ----

run: $(B)/malgil ## serve with etc/malgil.cfg
	$< serve

demo: setup ## a customer, a modem that fails, a kill -9: the story in half a minute
	@$(MAKE) --no-print-directory all
	@MALGIL=$(abspath $(B)/malgil) tests/e2e/demo/run

bench: setup ## figures, side by side with what else is installed
	@$(MAKE) --no-print-directory all $(BENCH)
	@MALGIL=$(abspath $(B)/malgil) B=$(abspath $(B)) tests/bench/run
	@MALGIL=$(abspath $(B)/malgil) B=$(abspath $(B)) tests/bench/api
	@B=$(abspath $(B)) tests/bench/readme # to be pasted under "Figures"

# CRASH_ARGS='--seed 7' plays other passages, "'kill journal.*'" some cases only.
crash: setup ## kill -9 and power cuts at every fault point
	@$(MAKE) --no-print-directory all $(POWERCUT) $(CRASH)
	@MALGIL=$(abspath $(B)/malgil) POWERCUT_SO=$(abspath $(POWERCUT)) B=$(B) \
		tests/crash/run $(CRASH_ARGS)
# Not part of `make test`: it fetches a kernel once and emulates a computer.
hardware: ## real USB serial adapters, pulled and replugged, in QEMU
	@etc/setup --build --hardware
	@$(MAKE) --no-print-directory all
	@MALGIL=$(abspath $(B)/malgil) tests/hardware/run $(HARDWARE_ARGS)
crash-quick: CRASH_ARGS += --quick
crash-quick: crash

$(CRASH): $(CRASHOBJ) $(B)/tests/lib/httpd.o $(LIB)
	$(call run,LINK,$@,$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lsqlite3 -ljansson -lpthread -lm)

# Plays tests/golden/desk/*.screen on a pseudo-terminal.
$(SCREENS): tests/screen/play.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,LINK,$@,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) \
		$(LIBS) -lcmocka -lutil)

# A SQLite that forgets what was never synced, for LD_PRELOAD.
$(POWERCUT): tests/crash/vfs.c
	@mkdir -p $(@D)
	$(call run,SO,$@,$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl -lpthread)

$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call run,BENCH,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -lsqlite3)

# These need the trade itself, on the tests' bench: one name a line.
BENCH_INSIDE := \
	dialogs \
	campaigns \
	journeys \
	policy \
	push \
	reports
$(BENCH_INSIDE:%=$(B)/tests/bench/%): $(B)/tests/bench/%: tests/bench/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,BENCH,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) \
		$(LIBS) -lcmocka)

# Reads the desk's screen with the tests' terminal.
$(B)/tests/bench/desk: tests/bench/desk.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,BENCH,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) \
		$(LIBS) -lcmocka -lutil)

# And so does this: the real driver at the simulated network.
$(B)/tests/bench/soak: tests/bench/soak.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,BENCH,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) $(LIBS))

soak: $(B)/tests/bench/soak ## a modem's worst day, on a clock that jumps (SOAK_ARGS='HOURS SEED')
	@$< $(SOAK_ARGS)

$(B)/tests/bench/record.so: tests/bench/record.c
	@mkdir -p $(@D)
	$(call run,BENCH,$<,$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl)

# ---- the machine ----

setup: ## install what is missing to build and test, saying what and why
	@etc/setup --build --test

install: ## into $(DESTDIR)$(PREFIX), configuration in $(DESTDIR)$(SYSCONF)/malgil
	@$(MAKE) --no-print-directory B=build-install all \
		CONFIG_DEFAULT=$(SYSCONF)/malgil/malgil.cfg \
		NOTES_DEFAULT=$(PREFIX)/share/malgil/firmware-notes
	install -D -m 755 build-install/malgil '$(DESTDIR)$(PREFIX)/bin/malgil'
	@etc/install build-install/malgil '$(DESTDIR)' '$(PREFIX)' '$(SYSCONF)'

deb: ## a Debian package, build/malgil_VERSION_ARCH.deb
	@etc/setup --build --deb
	@rm -rf $(B)/deb
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(B))/deb PREFIX=/usr SYSCONF=/etc
	@etc/debian/build $(B)/deb $(VERSION) \
		$(B)/malgil_$(VERSION)_$$(dpkg --print-architecture).deb
# In a Debian of its own, booted with systemd in an emulated computer; root for debootstrap.
deb-test: deb ## install, start, upgrade, remove and purge that package
	@etc/setup --deb --hardware
	@DEB=$$(echo $(abspath $(B))/malgil_$(VERSION)_*.deb) tests/hardware/debian $(DEB_ARGS)

clean: ## remove what was built
	rm -rf $(B) build-san build-fuzz build-cover build-install

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

.DEFAULT_GOAL := all
.PHONY: all unit e2e openapi test check lint format fuzz fuzz-run cover run demo bench soak crash \
	crash-quick hardware setup install deb deb-test clean help
.SECONDARY:

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
