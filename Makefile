# Malgil: one Makefile, read from top to bottom. `make help` lists what a person types.

B      ?= build
CC     ?= cc
CXX    ?= c++
PREFIX ?= /usr/local

PKGS := libuv libconfig sqlite3 libmicrohttpd jansson icu-uc icu-i18n libcrypto libcurl \
	libserialport
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wundef -Werror=implicit
ALL_CFLAGS   = -std=c11 -D_GNU_SOURCE -I. $(WARN) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP
ALL_CXXFLAGS = -std=c++17 -I. -Wall -Wextra -O2 -g $(SAN) -MMD -MP
PKG_CFLAGS  := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LIBS         = $(PKG_LIBS) -lphonenumber -lstdc++ -lpthread -lm

SRC  := $(sort $(wildcard gateway/*/*.c drivers/*/*.c dialogs/*.c))
CCSRC := $(sort $(wildcard gateway/*/*.cc))
SQL  := $(sort $(wildcard gateway/store/schema/*.sql))
OBJ  := $(SRC:%.c=$(B)/%.o) $(CCSRC:%.cc=$(B)/%.o)
TOP  := $(patsubst %.c,$(B)/%.o,$(wildcard gateway/*.c))
LIB  := $(B)/libmalgil.a
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
TESTLIB := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/lib/*.c)))

all: $(B)/malgil ## build the program

$(B)/malgil: $(TOP) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Rebuilt whole, so that an object whose source is gone leaves with it.
$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) -c -o $@ $<

# ---- tests ----

$(B)/tests/unit/%: tests/unit/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) $(LIBS) -lcmocka

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
