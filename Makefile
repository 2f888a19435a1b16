# cutover: see README.md. Targets: all deps demo check lint bench screenshots install clean
VERSION := 0.1.0
BUILD ?= build
CC ?= cc
PREFIX ?= /usr/local

# ncurses asks for _XOPEN_SOURCE in its pkg-config flags, which would take _GNU_SOURCE back.
CPPFLAGS += -I. -D_GNU_SOURCE -DNCURSES_WIDECHAR=1 -DCUTOVER_VERSION='"$(VERSION)"'
WARNINGS := -Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wswitch-enum
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDLIBS := -lcjson -lyaml -lncursesw -ltinfo -ldl -lm

ifeq ($(MODE),check)
OBJDIR := $(BUILD)/check
CFLAGS := -O1 -g $(SANITIZE)
LDFLAGS := $(SANITIZE)
else
OBJDIR := $(BUILD)/release
CFLAGS := -O2 -g $(HARDEN)
LDFLAGS := -pie -Wl,-z,relro,-z,now
endif
CFLAGS += -std=c11 $(WARNINGS)

# Files that the binary carries (see core/base/embedded.h).
EMBEDDED := $(sort $(shell find core/local/samples core/local/worker themes -type f \
	! -path '*/__pycache__/*' ! -name '*.md' 2>/dev/null))

CORE_SRC := $(sort $(wildcard core/*/*.c))
TUI_SRC := $(sort $(wildcard tui/*.c tui/*/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(OBJDIR)/%.o) $(OBJDIR)/gen/embedded.o
TUI_OBJ := $(TUI_SRC:%.c=$(OBJDIR)/%.o)
LIB := $(OBJDIR)/libcutover.a
BIN := $(if $(filter check,$(MODE)),$(OBJDIR)/cutover,$(BUILD)/cutover)

all: $(BIN)

$(BIN): $(OBJDIR)/tui.list $(TUI_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(TUI_OBJ) $(LIB) $(LDLIBS)

$(LIB): $(CORE_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OBJDIR)/tui.list: $(TUI_SRC)
	@mkdir -p $(@D)
	@touch $@

$(OBJDIR)/gen/embedded.c: core/base/embed.sh $(EMBEDDED)
	@mkdir -p $(@D)
	sh core/base/embed.sh $(EMBEDDED) > $@.tmp
	@mv $@.tmp $@

$(OBJDIR)/gen/embedded.o: $(OBJDIR)/gen/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OBJDIR)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# One test program a file: tests/unit/core/base/test_json.c -> build/check/tests/unit/core/base/test_json
TEST_SRC := $(sort $(shell find tests/unit -name 'test_*.c' 2>/dev/null))
TEST_BIN := $(TEST_SRC:%.c=$(OBJDIR)/%)

$(OBJDIR)/tests/%: $(OBJDIR)/tests/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS) -lcmocka

unit: $(TEST_BIN)
	@for t in $(TEST_BIN); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

.PHONY: all unit clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
