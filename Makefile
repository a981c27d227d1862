# svemu: see README.md. `make` builds build/svemu; `make help` lists the targets.
#
# One file, wildcards per folder: adding a .c file does not touch it. Variables to set on the command line: CC, CFLAGS,
# B (where to build), T (which unit tests), VERSION_6_1 and VERSION_6_12 (which Debian kernels).

FOLDERS := core isa mmu sysregs devices frontends
B ?= build
J ?= 2

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
export SVEMU_SHARED ?= ../shared

# ---- What this machine has -------------------------------------------------------------------------------------------
# config.mk is made by asking for the Debian packages once, so every build starts from a machine that has them.
ifneq ($(filter-out clean distclean help,$(or $(MAKECMDGOALS),all)),)
build/config.mk: .ci/deps .ci/config .ci/fetch
	@.ci/deps build
	@.ci/config >$@.new && mv $@.new $@
include build/config.mk
endif

# Clang 19 first: its musttail and preserve_none make the interpreter's dispatch fast. gcc 12 is enough.
ifeq ($(origin CC),default)
CC := $(CONFIG_CC)
endif
AR ?= ar

# Contracting a * b + c into a fused operation would change the guest's results. Handlers that begin a cache line make a
# boot's speed depend less on what else is linked (by up to a tenth).
CFLAGS ?= -O2 -g
BASE_CFLAGS := -std=gnu11 -ffp-contract=off -falign-functions=64 -Wall -Wextra -Wshadow -Wvla -Wmissing-prototypes -I. $(WERROR)

ifeq ($(CROSS),)
BASE_CFLAGS += $(CONFIG_CFLAGS)
LDLIBS += $(CONFIG_LIBS)
else
BASE_CFLAGS += -isystem build/deps/arm64/usr/include -isystem build/deps/arm64/usr/include/aarch64-linux-gnu \
               -isystem build/deps/arm64-capstone/usr/include
LDFLAGS += -static -Lbuild/deps/arm64/usr/lib/aarch64-linux-gnu -Lbuild/deps/arm64-capstone/usr/lib/aarch64-linux-gnu
LDLIBS += -lcapstone -lelf -lfdt -lzstd -lz -ljansson
endif
LDLIBS += -lm

# ---- svemu -----------------------------------------------------------------------------------------------------------
sources := $(foreach folder,$(FOLDERS),$(wildcard $(folder)/*.c))
headers := $(foreach folder,$(FOLDERS) tests,$(wildcard $(folder)/*.h))
library_objects := $(patsubst %.c,$(B)/obj/%.o,$(filter-out frontends/main.c,$(sources)))
main_object := $(patsubst %.c,$(B)/obj/%.o,$(wildcard frontends/main.c))

all: $(B)/libsvemu.a $(if $(main_object),$(B)/svemu)

compile = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(CPPFLAGS)
link = $(CC) $(CFLAGS) $(LDFLAGS)

# Objects of another compiler or other options are built again.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(compile) : $(link) $(LDLIBS)' | cmp -s - $@ || echo '$(compile) : $(link) $(LDLIBS)' >$@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(compile) -MMD -MP -c -o $@ $<

# The page that it has in it.
$(B)/obj/frontends/sweep_page.o: frontends/sweep_page.html

# The models that it has in it.
$(B)/obj/core/timing_builtin.o: $(wildcard core/models/*.model)

# The letters that it has in it.
$(B)/obj/frontends/window_font.o: build/config.mk

$(B)/libsvemu.a: $(library_objects)
	@rm -f $@
	@$(AR) rcsD $@ $^

# The handlers that run most lie side by side, whatever else is linked: a boot's speed depends on it by some per cent.
hot_objects := $(patsubst %.c,$(B)/obj/%.o,$(wildcard isa/hot_*.c) isa/engine.c)
$(B)/svemu: $(main_object) $(hot_objects) $(B)/libsvemu.a
	@echo "  LD  $@"
	@$(link) -o $@ $^ $(LDLIBS)

# ---- Unit tests: tests/FOLDER/*.c, each one program ------------------------------------------------------------------
test_sources := $(foreach folder,$(FOLDERS),$(wildcard tests/$(folder)/*.c))
# MPFR is the reference for floating point; the arm64 build has none.
mpfr_tests := $(if $(test_sources),$(shell grep -ls 'mpfr\.h' $(test_sources)))
ifneq ($(CROSS),)
test_sources := $(filter-out $(mpfr_tests),$(test_sources))
endif
test_names := $(patsubst tests/%.c,%,$(test_sources))
test_support := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/*.c))
test_programs := $(addprefix $(B)/tests/,$(test_names))
$(patsubst tests/%.c,$(B)/tests/%,$(mpfr_tests)): TEST_LIBS := -lmpfr -lgmp
ifneq ($(mpfr_tests),)
$(patsubst %.c,$(B)/obj/%.o,$(mpfr_tests)): | build/deps/.test
endif

$(B)/tests/%: $(B)/obj/tests/%.o $(test_support) $(B)/libsvemu.a
	@mkdir -p $(@D)
	@$(link) -o $@ $^ $(TEST_LIBS) $(LDLIBS)

# T names tests or folders: T=isa/vec_int, T="mmu isa/pred".
T ?= $(FOLDERS)
chosen_tests := $(filter $(T) $(addsuffix /%,$(T)),$(test_names))

# Compiled with -jN from the command line or -j$(J); run in parallel always.
check: $(B)/libsvemu.a
	@$(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(J)) test-programs
	@J=$(J) RUNNER="$(RUNNER)" .ci/check $(B)/tests $(chosen_tests)

test-programs: $(addprefix $(B)/tests/,$(chosen_tests))
	@:

# Makes cases for the payload of tests/guest/cases: docs/testing.md.
$(B)/tests/diff/cases: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/diff/*.c)) $(B)/libsvemu.a
	@mkdir -p $(@D)
	@$(link) -o $@ $^ $(LDLIBS)

# Runs a machine that is watched and stopped, for tests/e2e/watch.py.
$(B)/tests/watch/drive: $(B)/obj/tests/watch/drive.o $(B)/libsvemu.a
	@mkdir -p $(@D)
	@$(link) -o $@ $^ $(LDLIBS)

# Cycles of basic blocks: docs/testing.md.
$(B)/tests/timing/measure: $(B)/obj/tests/timing/measure.o $(B)/libsvemu.a
	@mkdir -p $(@D)
	@$(link) -o $@ $^ $(LDLIBS)

# Timing models: basic blocks beside llvm-mca, A64FX's latency table, pointer chases. docs/testing.md.
validate-timing: build/deps/.test
	@$(MAKE) -j$(J) all $(B)/tests/timing/measure build/guest/bare/memtime.bin
	@status=0; python3 tests/timing/validate.py $(if $(MODEL),--model '$(MODEL)') $(if $(BLOCK),--block '$(BLOCK)') || status=1; \
	for script in $(wildcard tests/timing/a64fx.py tests/timing/memory.py); do python3 $$script || status=1; done; exit $$status

# How much of Arm's encoding table has a function; docs/scope.md.
coverage: $(B)/tests/isa/coverage
	@COVERAGE=1 $(B)/tests/isa/coverage

# The same random single instructions on svemu and QEMU: docs/testing.md. diff-test is the fixed part of `make test`.
diff: diff-programs
	@python3 tests/diff/diff.py 'N=$(N)' 'SEED=$(SEED)' 'ROW=$(ROW)' 'VL=$(VL)' 'CASE=$(CASE)' 'SHOW=$(SHOW)'
diff-test: diff-programs
	@python3 tests/diff/test.py
diff-programs: build/deps/.test build/deps/.guest build/deps/.qemu
	@$(MAKE) -j$(J) all $(B)/tests/diff/cases $(GUEST_CASES)

# Every system register and trapped instruction under each control, on svemu and QEMU: docs/testing.md. matrix-test is the
# short part, for `make test`.
matrix: matrix-programs
	@python3 tests/matrix/matrix.py 'PROBE=$(PROBE)' 'CONTROL=$(CONTROL)' 'WHERE=$(WHERE)' 'SHOW=$(SHOW)' 'PART=$(PART)'
matrix-test: matrix-programs
	@python3 tests/matrix/test.py
matrix-test-all: matrix-programs
	@python3 tests/matrix/test.py --all
matrix-programs: build/deps/.guest build/deps/.qemu
	@$(MAKE) -j$(J) all $(GUEST_MATRIX)

# N random words, and each row's neighbours, against llvm-mc: defined or UNDEFINED.
undefined: build/deps/.test $(B)/tests/isa/undefined
	@N=$(or $(N),10000000) $(B)/tests/isa/undefined

# Arm's own answers: in this process, in a program without an operating system, in a Linux program.
vectors: build/deps/.test build/deps/.guest
	@$(MAKE) -j$(J) all assets $(B)/tests/isa/vectors $(B)/tests/diff/cases $(GUEST_CASES) $(GUEST_VECTORS)
	@status=0; $(B)/tests/isa/vectors || status=1; \
	SVEMU=$(B)/svemu CASES=$(B)/tests/diff/cases python3 tests/diff/diff.py vectors || status=1; \
	SVEMU=$(B)/svemu CASES=$(B)/tests/diff/cases python3 tests/e2e/vectors.py || status=1; exit $$status

# Every value of half precision under N / 1000 settings of FPCR, and N operand sets for each floating-point operation,
# against MPFR and the host.
fp: build/deps/.test $(B)/tests/isa/fpu_insn $(B)/tests/isa/fpu_lanes
	@status=0; export N=$(or $(N),64000) SEED=$(or $(SEED),1); \
	$(B)/tests/isa/fpu_insn || status=$$?; $(B)/tests/isa/fpu_lanes || status=$$?; exit $$status

# AddressSanitizer and UndefinedBehaviorSanitizer; their code does not guarantee tail calls, hence the plain loop. Unit
# tests, then a boot and a KVM guest.
san: build/deps/.guest
	@$(MAKE) -j$(J) B=build/san CC=gcc CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	-DSVEMU_DISPATCH_LOOP" all check
	@$(MAKE) -j$(J) assets
	@SVEMU=$(B)/san/svemu python3 tests/e2e/sanitized.py

# Random guests, and kernels whose symbol tables are broken, more than `make check` has: N of each from seed SEED on.
fuzz: $(B)/libsvemu.a
	@$(MAKE) -j$(J) $(B)/tests/core/hostile $(B)/tests/frontends/kallsyms
	@status=0; export N=$(or $(N),10000) SEED=$(or $(SEED),1); \
	for program in core/hostile frontends/kallsyms; do $(B)/tests/$$program || status=$$?; done; exit $$status

# svemu for an arm64 host, and its unit tests under qemu-user.
arm64: build/deps/.test build/deps/.arm64
	@$(MAKE) -j$(J) B=build/arm64 CROSS=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar \
	RUNNER="qemu-aarch64" all check

# ---- What guests run -------------------------------------------------------------------------------------------------
# Every target here that needs more packages asks for them by a stamp.
build/deps/.guest build/deps/.test build/deps/.lint build/deps/.browser build/deps/.kernel: build/deps/.%: .ci/deps
	@.ci/deps $*
	@mkdir -p $(@D) && touch $@

build/deps/.arm64 build/deps/.busybox build/deps/.perf build/deps/.programs build/deps/.xen: build/deps/.%:
	@.ci/fetch $*
	@touch $@

# A library more, and what was fetched before is not enough.
build/deps/.arm64: .ci/fetch

build/deps/.qemu:
	@.ci/fetch qemu
	@touch $@

KERNELS := 6.1 6.12
assets := build/assets/initrd.cpio.gz $(foreach k,$(KERNELS),$(addprefix build/assets/linux-$k/,Image kvm.cpio lab.cpio))

assets: $(assets)
	@for k in $(KERNELS); do echo "build/assets/linux-$$k: Debian $$(cat build/assets/linux-$$k/version)"; done

# SCTP signs cookies with SHA-1 in a softirq: kernel-mode NEON that tests/lab can ask for.
LAB_MODULES := crc32c_generic libcrc32c udp_tunnel ip6_udp_tunnel sha1-ce sctp
GUEST_LAB := build/guest/kvmlab

# A kernel once fetched stays until another version is asked for, or `make newest` asks for the newest.
define kernel_rule
ifneq ($(VERSION_$2),)
ifneq ($$(shell cat build/assets/linux-$1/version 2>/dev/null),$(VERSION_$2))
build/assets/linux-$1/Image: FORCE
endif
endif
build/assets/linux-$1/Image:
	@.ci/fetch kernel $1 $(VERSION_$2)
	@mkdir -p $$(@D)
	@cp build/deps/linux-$1/.version $$(@D)/version
	@cp build/deps/linux-$1/boot/vmlinuz-* $$@.new && mv $$@.new $$@
build/assets/linux-$1/kvm.cpio: build/assets/linux-$1/Image build/assets/initrd.cpio.gz .ci/mkcpio
	@.ci/mkcpio $$@ /boot/Image=build/assets/linux-$1/Image /boot/initrd=build/assets/initrd.cpio.gz
build/assets/linux-$1/lab.cpio: build/assets/linux-$1/Image $(GUEST_LAB) .ci/mkcpio
	@.ci/fetch modules $1 $(LAB_MODULES)
	@.ci/mkcpio $$@ /bin/kvmlab=$(GUEST_LAB) $(foreach m,$(LAB_MODULES),/modules/$m.ko=build/deps/modules-$1/$m.ko)
endef
$(foreach k,$(KERNELS),$(eval $(call kernel_rule,$k,$(subst .,_,$k))))

# The kernel's own selftests, from the source of the kernel that they run on; docs/testing.md.
SELFTEST_SERIES ?= 6.12
build/deps/source-%/.version: build/assets/linux-%/Image
	@.ci/fetch source $*
	@touch $@
build/selftests/%.cpio: build/deps/source-%/.version tests/selftests/build.sh tests/selftests/run .ci/mkcpio | build/deps/.guest
	@tests/selftests/build.sh $*
selftests-programs: $(SELFTEST_SERIES:%=build/selftests/%.cpio)
	@:
selftests: build/deps/.guest
	@$(MAKE) -j$(J) all assets
	@$(MAKE) selftests-programs
	@python3 tests/e2e/selftests.py --all

# Two kernels of a small configuration, one with bugs put back that were fixed in 2025: tests/lab/buggy.
build/assets/linux-buggy/Image: build/deps/source-6.12/.version build/deps/.kernel tests/lab/buggy/build.sh tests/lab/buggy/config \
		$(wildcard tests/lab/buggy/*.patch)
	@tests/lab/buggy/build.sh 6.12
assets-buggy: build/assets/linux-buggy/Image
	@echo "build/assets/linux-small, build/assets/linux-buggy: from Debian's source $$(cat build/assets/linux-buggy/version)"

newest:
	@.ci/fetch forget
	@rm -f $(foreach k,$(KERNELS),build/assets/linux-$k/Image)
	@$(MAKE) assets

# Guest programs: tests/guest/Makefile.inc names and builds them under build/guest. A file build/guest/NAME becomes
# /bin/NAME in the initrd, build/guest/FOLDER/NAME becomes /FOLDER/NAME.
GUEST_CC := aarch64-linux-gnu-gcc
include tests/guest/Makefile.inc
GUEST_FILES := $(GUEST_PROGRAMS) $(GUEST_PAYLOADS)
$(GUEST_FILES): | build/deps/.guest

guest_entry = $(if $(findstring /,$(1:build/guest/%=%)),/$(1:build/guest/%=%),/bin/$(1:build/guest/%=%))=$1
build/assets/initrd.cpio.gz: $(GUEST_FILES) tests/guest/init tests/guest/lab .ci/mkcpio build/deps/.busybox | build/deps/.guest
	@mkdir -p $(@D)
	@.ci/mkcpio --gzip $@ --busybox build/deps/busybox/bin/busybox /init=tests/guest/init /bin/lab=tests/guest/lab \
	    $(foreach file,$(GUEST_FILES),$(call guest_entry,$(file)))

# Programs for tests/e2e/programs.py: our own, under /programs, and Debian's for arm64, under /debian.
programs: build/assets/programs.cpio
build/assets/programs.cpio: $(GUEST_SUITES) $(wildcard $(SUITE_SRC)/*.sh) build/deps/.programs .ci/mkcpio
	@.ci/mkcpio $@ --tree $(foreach file,$(GUEST_SUITES) $(wildcard $(SUITE_SRC)/*.sh),/programs/$(notdir $(file))=$(file)) \
	    /debian=build/deps/programs

# Debian's perf with its libraries, and what it measures, for tests/e2e/perf.py.
perf: build/assets/perf.cpio
build/assets/perf.cpio: $(GUEST_PERFLOAD) build/deps/.perf .ci/mkcpio | build/deps/.guest
	@.ci/mkcpio $@ --tree /bin/perfload=$(GUEST_PERFLOAD) /lib=build/deps/perf/lib /usr=build/deps/perf/usr

# ---- Whole-system tests ----------------------------------------------------------------------------------------------
# Each script of tests/e2e prints its own results; .ci/e2e adds them up.
demo: build/deps/.guest
	@$(MAKE) -j$(J) all assets
	@python3 tests/e2e/demo.py

# What CI runs. Every part runs even when an earlier one failed, and the last line counts all.
test test-all: build/deps/.test build/deps/.lint build/deps/.xen build/deps/.browser
	@.ci/test $@

# The window's picture in the README, on a screen of its own.
screenshots: build/deps/.test
	@$(MAKE) -j$(J) all assets
	@python3 tests/e2e/screenshots.py

bench: build/deps/.test build/deps/.qemu
	@$(MAKE) -j$(J) all assets build/guest/bare/svespeed.bin
	@python3 tests/e2e/bench.py

# ---- Source ----------------------------------------------------------------------------------------------------------
lint: build/deps/.lint
	@.ci/lint

format: build/deps/.lint
	@clang-format -i $(sources) $(headers) $(wildcard $(addsuffix /*.[ch],$(addprefix tests/,. $(FOLDERS) diff guest guest/* timing watch)))

# For .ci/lint: everything compiled, nothing linked.
objects: $(library_objects) $(main_object) $(test_support) $(patsubst %.c,$(B)/obj/%.o,$(test_sources) $(wildcard tests/diff/*.c tests/watch/*.c tests/timing/*.c))

clean:
	rm -rf $(filter-out build/cache build/deps,$(wildcard build/*))

# Also what was downloaded.
distclean:
	rm -rf build

help:
	@sed -n 's/^#: //p' Makefile
#: make           build/svemu
#: make demo      boot Linux on CPUs with different vector lengths, and an SVE guest under it
#: make check     unit tests; T=isa/vec_int or T=isa chooses
#: make coverage  which of Arm's encodings are implemented
#: make diff      random instructions on svemu and QEMU; N=2000000 SEED= ROW=regex VL= CASE=name
#: make matrix    each register and trapped instruction under each control, on svemu and QEMU; PROBE= CONTROL= WHERE= regexes
#: make undefined which words are UNDEFINED, beside llvm-mc; N=10000000 random words
#: make validate-timing  cycles of basic blocks under each timing model, beside llvm-mca; MODEL= BLOCK= patterns
#: make programs  guest programs for tests/e2e/programs.py
#: make perf      Debian's perf as an initrd, build/assets/perf.cpio
#: make vectors   Arm's single-instruction cases: in process, without an operating system, in a Linux program
#: make fp        floating point against MPFR; N=64000 operand sets for each operation, SEED=1
#: make test      what CI runs
#: make test-all  everything, also what takes long
#: make bench     speed, beside QEMU
#: make screenshots  docs/window.png
#: make assets    guest kernels and initrd, build/assets; VERSION_6_12=... chooses a kernel; `make newest` renews
#: make selftests  the kernel's own selftests, held against what QEMU gives
#: make assets-buggy  a small kernel with bugs of KVM put back, and the same kernel without: build/assets/linux-buggy, linux-small
#: make fuzz      random guests, broken kernel symbols; N=how many, SEED=the first
#: make san       unit tests and a boot with AddressSanitizer and UndefinedBehaviorSanitizer
#: make arm64     the arm64 build and its unit tests under qemu-user
#: make lint      format, layering, static checks
#: make format    put the source into the format that make lint wants
#: make clean     what was built; make distclean also what was downloaded

FORCE:
.PHONY: all check fuzz test-programs coverage validate-timing vectors diff diff-test diff-programs matrix matrix-test matrix-test-all matrix-programs undefined fp san arm64 assets assets-buggy selftests selftests-programs programs perf newest guest demo screenshots test test-all bench lint format objects clean distclean help FORCE

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
