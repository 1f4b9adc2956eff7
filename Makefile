# Malgil: one Makefile, read from top to bottom. `make help` lists what a person types.

B      ?= build
CC     ?= cc
CXX    ?= c++
PREFIX ?= /usr/local
VERSION := 0.1.0

# Where an installed malgil finds its configuration; a checkout uses its own etc/.
CONFIG_DEFAULT ?= etc/malgil.cfg

PKGS := libuv libconfig sqlite3 libmicrohttpd jansson icu-uc icu-i18n libcrypto libcurl \
	libserialport
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wundef -Wno-missing-field-initializers -Werror=implicit
DEFS = -DMALGIL_VERSION='"$(VERSION)"' -DMALGIL_CONFIG_DEFAULT='"$(CONFIG_DEFAULT)"'

ALL_CFLAGS   = -std=c11 -D_GNU_SOURCE -I. $(DEFS) $(WARN) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP
ALL_CXXFLAGS = -std=c++17 -I. -Wall -Wextra -O2 -g $(SAN) -MMD -MP
PKG_CFLAGS  := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LIBS         = $(PKG_LIBS) -lphonenumber -lstdc++ -lpthread -lm

SRC  := $(sort $(wildcard gateway/*/*.c drivers/*/*.c dialogs/*.c))
CCSRC := $(sort $(wildcard gateway/*/*.cc))
SQL  := $(sort $(wildcard gateway/store/schema/*.sql))
OBJ  := $(SRC:%.c=$(B)/%.o) $(CCSRC:%.cc=$(B)/%.o) $(B)/gateway/store/schema.o
TOP  := $(patsubst %.c,$(B)/%.o,$(wildcard gateway/*.c))
LIB  := $(B)/libmalgil.a
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
TESTLIB := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/lib/*.c)))

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

# ---- tests ----

$(B)/tests/unit/%: tests/unit/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(call run,TEST,$<,$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) $(LIBS) -lcmocka)

unit: $(UNIT) ## run the unit tests
	@tests/lib/run-unit $(UNIT)

clean: ## remove what was built
	rm -rf $(B)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

.DEFAULT_GOAL := all
.PHONY: all unit clean help
.SECONDARY:

-include $(shell find $(B) -name '*.d' 2>/dev/null)
