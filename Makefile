# ePortal: `make help` lists the targets.

BUILD    ?= build
NAME      = eportal
VERSION   = 0.1.0
CC       ?= gcc
PKGS      = sqlite3 json-c libarchive zlib libpcre2-8 libcrypto libcrypt libcurl \
            ldap lber
PKGS_CLI  = smartcols libsystemd

# SANITIZE=1 builds everything under AddressSanitizer and UBSan.
SANITIZE ?=
ifneq ($(SANITIZE),)
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer
endif

WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
       -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 \
       -Wwrite-strings -Wpointer-arith -Wundef -Wno-unused-parameter
HARDEN = $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -fPIC -MMD -MP $(WARN) $(HARDEN) $(CFLAGS) \
             $(SAN_FLAGS) -D_GNU_SOURCE -DEP_VERSION='"$(VERSION)"'
LIB_CFLAGS = $(ALL_CFLAGS) -Ilib/include -Ilib $(shell pkg-config --cflags $(PKGS))
CLI_CFLAGS = $(ALL_CFLAGS) -Ilib/include -Ikc-eportal-cli $(shell pkg-config --cflags $(PKGS_CLI))
LDLIBS_LIB = $(shell pkg-config --libs $(PKGS))
LDLIBS_CLI = $(shell pkg-config --libs $(PKGS_CLI))

LIB_SRCS := $(sort $(wildcard lib/*/*.c))
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/sql.o $(BUILD)/openapi.o \
            $(BUILD)/common_passwords.o
CLI_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard kc-eportal-cli/*.c)))

LIB    = $(BUILD)/libeportal.a
CLI    = $(BUILD)/kc.eportal
MODULE = $(BUILD)/nginx/ngx_http_eportal_module.so

.PHONY: all lib cli module console units replays fuzzers fuzz deps check check-asan \
        run-tests systemd bench demo demo-stop lint format clean help
.DEFAULT_GOAL = all

all: lib cli module console ## build library, kc.eportal, nginx module and console

lib: $(LIB) ## build libeportal.a
cli: $(CLI) ## build kc.eportal

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(if $(filter kc-eportal-cli/%,$<),$(CLI_CFLAGS),$(LIB_CFLAGS)) -c -o $@ $<

# The migrations as C strings.
$(BUILD)/sql.c: $(sort $(wildcard sql/*.sql)) sql/embed.awk
	@mkdir -p $(@D)
	@echo "  SQL     $@"
	@awk -f sql/embed.awk $(sort $(wildcard sql/*.sql)) > $@.tmp && mv $@.tmp $@

$(BUILD)/sql.o: $(BUILD)/sql.c
	@$(CC) $(LIB_CFLAGS) -c -o $@ $<

# The contract of the API as a C string.
$(BUILD)/openapi.c: lib/http/openapi.yaml lib/http/embed-openapi.pl
	@mkdir -p $(@D)
	@echo "  OPENAPI $@"
	@perl lib/http/embed-openapi.pl $< > $@.tmp && mv $@.tmp $@

$(BUILD)/openapi.o: $(BUILD)/openapi.c
	@$(CC) $(LIB_CFLAGS) -Wno-overlength-strings -c -o $@ $<

# Passwords that everybody knows, from the package john-data.
COMMON_PASSWORDS = /usr/share/john/password.lst

$(BUILD)/common_passwords.c: $(COMMON_PASSWORDS) lib/auth/embed-common.pl
	@mkdir -p $(@D)
	@echo "  WORDS   $@"
	@perl lib/auth/embed-common.pl $< > $@.tmp && mv $@.tmp $@

$(BUILD)/common_passwords.o: $(BUILD)/common_passwords.c
	@$(CC) $(LIB_CFLAGS) -c -o $@ $<

$(LIB): $(LIB_OBJS)
	@echo "  AR      $@"
	@rm -f $@ && ar rcs $@ $^

$(CLI): $(CLI_OBJS) $(LIB)
	@echo "  LD      $@"
	@$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $(CLI_OBJS) $(LIB) $(LDLIBS_LIB) $(LDLIBS_CLI)

# Unit tests: one cmocka binary per file of t/unit, run by t/unit.t.
UNIT_BINS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard t/unit/*.c)))
HELPER_BINS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard t/cli/*.c t/patchset/*.c) \
    t/bench/seed.c))
PRELOADS := $(patsubst %.c,$(BUILD)/%.so,$(sort $(wildcard t/lib/preload/*.c)))

units: $(UNIT_BINS) $(HELPER_BINS) $(PRELOADS) ## build the unit tests

$(BUILD)/t/unit/%: t/unit/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  UNIT    $@"
	@$(CC) $(LIB_CFLAGS) -o $@ $< $(LIB) $(LDLIBS_LIB) -lcmocka

# Fuzz targets: t/fuzz/replay.c says how they are laid out.
FUZZ         ?= $(patsubst t/fuzz/%.c,%,$(filter-out %/replay.c,$(sort $(wildcard t/fuzz/*.c))))
FUZZ_SECONDS ?= 30
REPLAYS      := $(patsubst %,$(BUILD)/t/fuzz/%,$(FUZZ))

replays: $(REPLAYS) ## build the fuzz targets with the main that replays inputs

$(BUILD)/t/fuzz/%: t/fuzz/%.c t/fuzz/replay.c $(LIB)
	@mkdir -p $(@D)
	@echo "  REPLAY  $@"
	@$(CC) $(filter-out -MMD -MP,$(LIB_CFLAGS)) -o $@ $< t/fuzz/replay.c $(LIB) $(LDLIBS_LIB)

$(BUILD)/t/libfuzzer/%: t/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  FUZZER  $@"
	@$(CC) $(filter-out -MMD -MP,$(LIB_CFLAGS)) -fsanitize=fuzzer -o $@ $< $(LIB) $(LDLIBS_LIB)

fuzzers: $(patsubst %,$(BUILD)/t/libfuzzer/%,$(FUZZ))

# The inputs of the tree come second: new ones are written to the first.
fuzz: ## run each fuzz target for FUZZ_SECONDS (30) under clang's libFuzzer
	@$(MAKE) --no-print-directory fuzzers CC=clang BUILD=build-fuzz SANITIZE=1 \
	    WARN=-Wall CFLAGS='-O1 -g -fsanitize=fuzzer-no-link'
	@set -e; for target in $(FUZZ); do \
	    mkdir -p build-fuzz/corpus/$$target; \
	    build-fuzz/t/libfuzzer/$$target -max_total_time=$(FUZZ_SECONDS) \
	        -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
	        -artifact_prefix=build-fuzz/$$target- \
	        build-fuzz/corpus/$$target t/fuzz/corpus/$$target; \
	done

# Programs of the benchmark and the demo.
$(BUILD)/t/bench/%: t/bench/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  BENCH   $@"
	@$(CC) $(LIB_CFLAGS) -o $@ $< $(LIB) $(LDLIBS_LIB)

# Libraries that tests preload into the programs they test.
$(BUILD)/t/lib/preload/%.so: t/lib/preload/%.c
	@mkdir -p $(@D)
	@echo "  PRELOAD $@"
	@$(CC) $(filter-out -MMD -MP $(SAN_FLAGS),$(LIB_CFLAGS)) -shared -o $@ $<

# Programs that tests of the command line and of patchsets run.
$(BUILD)/t/patchset/%: t/patchset/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(LIB_CFLAGS) -o $@ $< $(LIB) $(LDLIBS_LIB)

$(BUILD)/t/cli/%: t/cli/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(LIB_CFLAGS) -o $@ $< $(LIB) $(LDLIBS_LIB)

# The console: static files, made by the Node that web/node pins. It is the
# same for every kind of build.
NODE    = web/node/node_modules/node/bin/node
IN_WEB  = cd web && PATH=$(CURDIR)/web/node/node_modules/node/bin:$$PATH
NPM     = node node/node_modules/npm/bin/npm-cli.js
CONSOLE = build/console/index.html
CONSOLE_SRCS := $(shell find web/src -type f ! -name schema.ts) \
                $(wildcard web/*.json web/*.ts web/*.html) lib/http/openapi.yaml

console: $(CONSOLE) ## build the console with npm

# The one package whose scripts run: it fetches the Node for this machine.
$(NODE): web/node/package-lock.json
	@echo "  NPM     web/node"
	@cd web/node && npm ci --no-audit --no-fund --loglevel=error < /dev/null
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json $(NODE)
	@echo "  NPM     web"
	@$(IN_WEB) && $(NPM) ci --ignore-scripts --loglevel=error < /dev/null
	@touch $@

$(CONSOLE): web/node_modules/.package-lock.json $(CONSOLE_SRCS)
	@echo "  WEB     $@"
	@$(IN_WEB) && $(NPM) run --silent types > /dev/null && node_modules/.bin/tsc --noEmit \
	    && CONSOLE_DIR=../build/console.new node_modules/.bin/vite build --logLevel warn
	@gzip -9 -n -k build/console.new/assets/*.js build/console.new/assets/*.css
	@rm -rf build/console && mv build/console.new build/console

bench: all $(BUILD)/t/bench/seed ## measure the agents' hot path against plain nginx
	@EP_BUILD=$(abspath $(BUILD)) perl t/bench/bench.pl

# The dynamic module, against the sources of Debian's nginx-dev.
NGINX_SRC ?= /usr/share/nginx/src
MODULE_SRCS := $(wildcard ngx_eportal_module/*.[ch])
NGINX_CC_OPT = $(if $(SANITIZE),$(SAN_FLAGS),-D_FORTIFY_SOURCE=2)
NGINX_LD_OPT = $(if $(SANITIZE),$(SAN_FLAGS),-Wl,-z,relro -Wl,-z,now)

module: $(MODULE) ## build the nginx module

# nginx's configure looks at the machine, not at our sources: once is enough.
# config reads EP_BUILD to find the libeportal.a of this build.
$(BUILD)/nginx/Makefile: config $(NGINX_SRC)/conf_flags
	@echo "  CONFIG  $@"
	@mkdir -p $(BUILD)
	@cd $(NGINX_SRC) && EP_BUILD=$(abspath $(BUILD)) bash -c '. ./conf_flags && ./configure \
	    "$${NGX_CONF_FLAGS[@]}" \
	    --with-cc-opt="-g -O2 -fPIC -fstack-protector-strong $(NGINX_CC_OPT)" \
	    --with-ld-opt="-fPIC $(NGINX_LD_OPT)" \
	    --add-dynamic-module=$(CURDIR) --builddir=$(abspath $(BUILD))/nginx' \
	    > $(abspath $(BUILD))/nginx-configure.log 2>&1 \
	    || { cat $(abspath $(BUILD))/nginx-configure.log; rm -f $(abspath $@); exit 1; }
	@touch $@

$(MODULE): $(LIB) $(BUILD)/nginx/Makefile $(MODULE_SRCS) $(wildcard lib/include/eportal/*.h)
	@echo "  NGINX   $@"
	@$(MAKE) --no-print-directory -C $(NGINX_SRC) -f $(abspath $(BUILD))/nginx/Makefile modules \
	    > $(BUILD)/nginx-make.log 2>&1 \
	    || { cat $(BUILD)/nginx-make.log; exit 1; }
	@test -e $@ && touch $@

# Tests that need packages of npm, each with its package-lock.json.
NODE_DIRS = t/oidc

# Everything that must be installed, on a bare Debian 12; needs root only when
# something is missing.
deps: ## install the Debian packages that building and testing need
	@packaging/scripts/install-deps.sh
	@for dir in $(NODE_DIRS); do \
	    test $$dir/node_modules/.package-lock.json -nt $$dir/package-lock.json \
	        || (cd $$dir && npm ci --ignore-scripts --no-audit --no-fund \
	            --loglevel=error < /dev/null) || exit 1; \
	done

# The cheap rules first, the booting of a kernel last. TESTS="t/style.t ..."
# runs just these.
TESTS ?= t/style.t t/layers.t \
         $(filter-out t/style.t t/layers.t,$(sort $(wildcard t/*.t))) \
         $(filter-out t/e2e/%,$(sort $(wildcard t/*/*.t))) \
         $(sort $(wildcard t/e2e/*.t))

# A second make, because what pkg-config says is only known after deps.
check: deps ## run every test, then list the features that none covers
	@$(MAKE) --no-print-directory -j2 all units replays
	@$(MAKE) --no-print-directory run-tests

check-asan: deps ## the same under AddressSanitizer and UBSan (build-asan)
	@$(MAKE) --no-print-directory -j2 all units replays SANITIZE=1 BUILD=build-asan
	@$(MAKE) --no-print-directory run-tests SANITIZE=1 BUILD=build-asan

# A test that hangs is ended, so that the others still run. Browsers wait a lot,
# so two of them run at once.
PROVE = EP_BUILD=$(CURDIR)/$(BUILD) EP_SANITIZE=$(SANITIZE) \
        prove --norc --timer --exec 'timeout -k 30 900 perl -It/lib'
IN_BROWSER = $(filter t/browser/%,$(TESTS))
OTHERS     = $(filter-out t/browser/%,$(TESTS))

run-tests:
	@status=0; \
	$(if $(OTHERS),$(PROVE) $(OTHERS) || status=1;) \
	$(if $(IN_BROWSER),$(PROVE) -j2 $(IN_BROWSER) || status=1;) \
	t/coverage || status=1; \
	exit $$status

# Faults that compilers do not look for. The uninitvar kinds are left to gcc:
# cppcheck takes a variable that a callee fills for one that is read.
lint: deps ## look for faults with cppcheck
	@cppcheck --quiet --std=c11 --language=c --error-exitcode=1 \
	    --enable=warning,performance,portability \
	    --suppress=missingInclude --suppress=uninitvar \
	    --suppress=legacyUninitvar --suppress=ctuuninitvar \
	    -Ilib/include -Ilib -Ikc-eportal-cli lib kc-eportal-cli

# clang-format's zone; the module follows nginx's style by hand.
FORMATTED = $(sort $(wildcard lib/*/*.[ch] lib/include/eportal/*.h \
                              kc-eportal-cli/*.[ch] t/unit/*.[ch] t/fuzz/*.[ch]))

format: ## format lib/, kc-eportal-cli/ and the C tests with clang-format
	clang-format -i $(FORMATTED)

# A whole portal in a directory, with patchsets and a fleet of servers.
DEMO_DIR     ?= .demo
DEMO_PORT    ?= 8080
DEMO_SERVERS ?= 500
export DEMO_DIR DEMO_PORT DEMO_SERVERS

systemd: all ## run eportal.service under a systemd of its own (root, may mount)
	@EP_BUILD=$(CURDIR)/$(BUILD) t/systemd/run.sh

demo: deps ## make and start a demo instance (DEMO_DIR, DEMO_PORT, DEMO_SERVERS)
	@$(MAKE) -s --no-print-directory -j2 all
	@EP_BUILD=$(CURDIR)/$(BUILD) packaging/demo/demo.sh start

demo-stop: ## end the demo, keep its directory
	@packaging/demo/demo.sh stop

clean: ## remove everything that was built
	rm -rf build build-asan build-fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(LIB_OBJS:.o=.d) $(CLI_OBJS:.o=.d) $(UNIT_BINS:=.d) $(HELPER_BINS:=.d)
