# cutover. `make demo` shows it, `make check` tests it; `make help` lists the rest.
VERSION := 0.1.0
BUILD ?= build
CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=

# All cores unless told otherwise: a -j on the command line wins, and a sub-make shares its parent's.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

# ncurses asks for _XOPEN_SOURCE in its pkg-config flags, which would take _GNU_SOURCE back.
CPPFLAGS += -I. -D_GNU_SOURCE -DNCURSES_WIDECHAR=1 -DCUTOVER_VERSION='"$(VERSION)"'
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wswitch-enum -Wno-missing-field-initializers
# Everywhere but in a user's own build: what a compiler of next year warns of may not be what stands
# between him and the program.
WERROR := $(if $(MODE),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDLIBS := -lcjson -lyaml -lncursesw -ltinfo -ldl -lm

ifeq ($(MODE),check)
OBJDIR := $(BUILD)/check
BIN := $(OBJDIR)/cutover
CFLAGS := -O1 -g $(SANITIZE)
LDFLAGS := $(SANITIZE)
else ifeq ($(MODE),fuzz)
OBJDIR := $(BUILD)/fuzz
BIN := $(OBJDIR)/cutover
CC := clang
CFLAGS := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link
LDFLAGS := $(SANITIZE)
else
OBJDIR := $(BUILD)/release
BIN := $(BUILD)/cutover
CFLAGS := -O2 -g $(HARDEN)
LDFLAGS := -pie -Wl,-z,relro,-z,now
endif
# Hidden: a function of ours never stands in for a library's own of that name (libyaml calls its
# yaml_free through the dynamic symbol table).
CFLAGS += -std=c11 -fvisibility=hidden $(WARNINGS) $(WERROR)

# Files that the binary carries (see core/base/embedded.h).
EMBEDDED := $(sort $(shell find core/local/samples core/local/work/server.py themes -type f \
	! -path '*/__pycache__/*' ! -name '*.md' 2>/dev/null))

CORE_SRC := $(sort $(wildcard core/*/*.c core/*/*/*.c))
TUI_SRC := $(sort $(wildcard tui/*.c tui/*/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(OBJDIR)/%.o) $(OBJDIR)/gen/embedded.o
# V=1 shows the commands whole.
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @echo '  $(1) $(@:$(BUILD)/%=%)'
endif

# Everything but main() is an archive too, so that tests can link panels and commands.
TUI_OBJ := $(filter-out $(OBJDIR)/tui/main.o,$(TUI_SRC:%.c=$(OBJDIR)/%.o))
LIB := $(OBJDIR)/libcutover.a
TUI_LIB := $(OBJDIR)/libtui.a

all: $(BIN)

# The objects themselves, not the archives: a name that is defined twice is an error here.
BIN_OBJ := $(OBJDIR)/tui/main.o $(TUI_OBJ) $(CORE_OBJ)

$(BIN): $(BIN_OBJ) $(OBJDIR)/core.list $(OBJDIR)/tui.list $(OBJDIR)/flags
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(BIN_OBJ) $(LDLIBS)

# The lists make an archive forget a source that is gone, and a change of flags rebuild everything.
$(LIB): $(CORE_OBJ) $(OBJDIR)/core.list
	$(call say,AR)
	@rm -f $@
	@ar rcs $@ $(CORE_OBJ)

$(TUI_LIB): $(TUI_OBJ) $(OBJDIR)/tui.list
	$(call say,AR)
	@rm -f $@
	@ar rcs $@ $(TUI_OBJ)

# Written only when their text changes, so that what depends on them rests otherwise.
define keep_text
	@mkdir -p $(@D)
	@printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) > $@
endef

$(OBJDIR)/core.list: FORCE
	$(call keep_text,$(CORE_SRC))
$(OBJDIR)/tui.list: FORCE
	$(call keep_text,$(TUI_SRC))
$(OBJDIR)/embedded.list: FORCE
	$(call keep_text,$(EMBEDDED))
$(OBJDIR)/flags: FORCE
	$(call keep_text,'$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS))')

$(OBJDIR)/gen/embedded.c: core/base/embed.sh $(EMBEDDED) $(OBJDIR)/embedded.list
	@mkdir -p $(@D)
	@sh core/base/embed.sh $(EMBEDDED) > $@.tmp
	@mv $@.tmp $@

$(OBJDIR)/gen/embedded.o: $(OBJDIR)/gen/embedded.c $(OBJDIR)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OBJDIR)/%.o: %.c $(OBJDIR)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# --- tests --------------------------------------------------------------------------------------

# One program a file: tests/unit/core/base/test_json.c -> build/check/tests/unit/core/base/test_json
TEST_SRC := $(sort $(shell find tests/unit -name 'test_*.c' 2>/dev/null))
TEST_BIN := $(TEST_SRC:%.c=$(OBJDIR)/%)

# The fuzz targets' entry points with a main() that runs files through them.
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
REPLAY_BIN := $(FUZZ_SRC:%.c=$(OBJDIR)/%)

$(OBJDIR)/tests/unit/%: $(OBJDIR)/tests/unit/%.o $(TUI_LIB) $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(TUI_LIB) $(LIB) $(LDLIBS) -lcmocka

$(OBJDIR)/tests/fuzz/fuzz_%: $(OBJDIR)/tests/fuzz/fuzz_%.o $(OBJDIR)/tests/fuzz/replay.o \
		$(OBJDIR)/tests/fuzz/require.o \
		$(TUI_LIB) $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(TUI_LIB) $(LIB) $(LDLIBS)

# A terminal without a window, to type into and to look at: see tests/screen/vtshot.c.
VTSHOT := $(OBJDIR)/tests/screen/vtshot

$(VTSHOT): $(VTSHOT).o $(OBJDIR)/tests/screen/screen.o $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS) -lvterm

# All widgets on one screen, for golden screens and for crashes.
GALLERY := $(OBJDIR)/tests/screen/gallery

$(GALLERY): $(GALLERY).o $(TUI_LIB) $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(TUI_LIB) $(LIB) $(LDLIBS)

# The judge's error rates by simulation: no test, as it takes minutes where tests take seconds.
JUDGE_SIM := $(OBJDIR)/tests/bench/judge_sim
JUDGE_RUNS ?= 400
$(JUDGE_SIM): $(OBJDIR)/tests/bench/judge_sim.o $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(TEST_BIN)
	@for t in $(TEST_BIN); do $$t || exit 1; done

tests: $(BIN) $(TEST_BIN) $(REPLAY_BIN) $(VTSHOT) $(GALLERY)

check:
	@.ci/deps build check
	@$(MAKE) --no-print-directory MODE=check tests
	@tests/run --build $(BUILD)/check

# --- analysis: one stamp a source, redone only when it or a header of it changes -----------------

LINT := $(BUILD)/lint
LINT_SRC := $(CORE_SRC) $(TUI_SRC) $(TEST_SRC) $(sort $(wildcard tests/*/*.c))
# Tests are compiled, formatted and checked for rules; the two slow analysers read what ships.
ANALYSED := $(CORE_SRC) $(TUI_SRC)
LINT_FLAGS = $(CPPFLAGS) -std=c11 $(WARNINGS) -Werror

# Nodes that clang's analyser may visit in one function; its default takes five times as long.
ANALYZER_BUDGET := $(addprefix --extra-arg=,-Xclang -analyzer-config -Xclang max-nodes=50000)

lint:
	@.ci/deps build check lint
	@$(MAKE) --no-print-directory -k -Otarget lint-all

lint-all: lint-rules lint-format lint-cppcheck $(LINT_SRC:%=$(LINT)/%.clang) \
		$(ANALYSED:%=$(LINT)/%.tidy) $(ANALYSED:%=$(LINT)/%.analyzer)
	@echo "lint: clean"

lint-rules:
	@tests/lint/rules

lint-format:
	@clang-format --dry-run -Werror $(LINT_SRC) $(shell find core tui tests -name '*.h')

lint-cppcheck:
	@mkdir -p $(LINT)/cppcheck
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 --cppcheck-build-dir=$(LINT)/cppcheck -j 2 -I. -D_GNU_SOURCE \
		-DCUTOVER_VERSION='""' --suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches --suppress=unknownMacro \
		--suppress=ctuuninitvar --suppress=varFuncNullUB $(ANALYSED)

$(LINT)/%.c.clang: %.c
	@mkdir -p $(@D)
	@clang $(LINT_FLAGS) -O1 -MMD -MP -MT $@ -MF $@.d -fsyntax-only $<
	@touch $@

$(LINT)/%.c.tidy: %.c $(LINT)/%.c.clang .clang-tidy
	@clang-tidy --quiet --warnings-as-errors='*' $(ANALYZER_BUDGET) $< -- $(LINT_FLAGS) 2>$@.log \
		|| { grep -v 'warnings generated' $@.log; exit 1; }
	@touch $@

$(LINT)/%.c.analyzer: %.c $(LINT)/%.c.clang
	@$(CC) $(LINT_FLAGS) -O1 -fanalyzer -c -o /dev/null $<
	@touch $@

# --- the rest -----------------------------------------------------------------------------------

deps:
	@.ci/deps build

demo:
	@.ci/deps build
	@$(MAKE) --no-print-directory all
	@$(BUILD)/cutover demo

bench:
	@.ci/deps build
	@.ci/deps --optional bench
	@$(MAKE) --no-print-directory all
	@tests/bench/run --binary $(BUILD)/cutover

bench-judge:
	@.ci/deps build
	@$(MAKE) --no-print-directory $(BUILD)/release/tests/bench/judge_sim
	@$(BUILD)/release/tests/bench/judge_sim --runs $(JUDGE_RUNS)

screenshots:
	@.ci/deps build check screenshots
	@$(MAKE) --no-print-directory all $(BUILD)/release/tests/screen/vtshot
	@tests/screen/screenshots --binary $(BUILD)/cutover --out screenshots

# libFuzzer programs in build/fuzz/; FUZZ_SECONDS=60 runs each that long over its corpus.
FUZZ_SECONDS ?= 0
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(OBJDIR)/%)

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/tests/fuzz/require.o \
		$(TUI_LIB) $(LIB)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(TUI_LIB) $(LIB) $(LDLIBS)

fuzz-programs: $(FUZZ_BIN)

fuzz:
	@.ci/deps build fuzz
	@$(MAKE) --no-print-directory MODE=fuzz fuzz-programs
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/cutover/themes
	install -m 755 $(BUILD)/cutover $(DESTDIR)$(PREFIX)/bin/cutover
	install -m 644 themes/*.yml $(DESTDIR)$(PREFIX)/share/cutover/themes
	$(BUILD)/cutover samples $(DESTDIR)$(PREFIX)/share/cutover/samples

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#: //p' Makefile

#: make              optimised build of build/cutover
#: make demo         installs what is missing, builds, opens the console on a cutover to try
#: make check        installs what is missing, builds with sanitizers, runs every test
#: make lint         formatting, analysers, include rules (installs its tools)
#: make deps         installs what the build needs
#: make bench        measures, beside named programs in the same run
#: make bench-judge  false alarms and detection of the verdict by simulation, a minute or two
#: make screenshots  pictures of the running program into screenshots/
#: make fuzz         libFuzzer programs; FUZZ_SECONDS=60 runs each that long
#: make install      PREFIX=/usr/local DESTDIR=
#: make clean        removes build/

FORCE:

.PHONY: all unit tests check lint lint-all lint-rules lint-format lint-cppcheck deps demo bench \
	bench-judge screenshots fuzz fuzz-programs install clean help FORCE
.SECONDARY:
-include $(shell find $(OBJDIR) $(LINT) -name '*.d' 2>/dev/null)
