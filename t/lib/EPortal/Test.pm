# A real nginx with the module, in a directory of its own: what every test
# under t/http stands on.
#
#   my $t = EPortal::Test->new;         # directory, configuration, database
#   $t->cli('key', '-a', 'k1');         # kc.eportal with that configuration
#   $t->start;                          # nginx, two workers
#   my $r = $t->get('/path?query');     # { status, headers, content }
#   finish($t);                        # stop; no alerts
#
# Everything that was started is ended by its process id, also when the test
# dies. TEST_LEAVE=1 keeps the directory.
package EPortal::Test;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Open3 qw(open3);
use POSIX qw(:sys_wait_h);
use Symbol qw(gensym);
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(
    finish responses wait_for slurp spew free_port sha1 token json
);

my $ROOT = abs_path(dirname(__FILE__) . '/../../..');
my $BUILD = $ENV{EP_BUILD} || "$ROOT/build";
my $SANITIZE = $ENV{EP_SANITIZE};
my $USER = 'www-data';
my %live;


sub root { return $ROOT }
sub build { return $BUILD }


# Options: config => { SETTING => Python literal }, migrate => 0,
# preload => [libraries], timeout => nginx's client timeouts.
# workers => 2, nginx => text for http{}, server => text for server{},
# main => text for the top, base => directory of the data.
sub new {
    my ($class, %o) = @_;
    my $dir = File::Temp::tempdir('eportal-test-XXXXXX', TMPDIR => 1);
    my $self = bless {
        dir => $dir, base => $o{base} || "$dir/data", workers => 2,
        server => '', nginx => '', main => '', %o,
        config => { %{ $o{config} || {} } }, pid => $$,
    }, $class;

    chmod 0755, $dir;
    $live{$dir} = $self;
    $self->{port} = free_port();
    $self->{h2_port} = free_port();
    make_path($self->{base}, map { "$dir/$_" } qw(body logs conf));
    own($self->{base}, "$dir/body");
    chmod 02770, $self->{base};
    $self->write_config;
    $self->write_nginx_conf;
    $self->cli_ok('migrate') unless defined $o{migrate} && !$o{migrate};
    return $self;
}


sub own {
    my (@paths) = @_;
    my (undef, undef, $uid, $gid) = getpwnam $USER or die "no user $USER";

    chown($uid, $gid, $_) or die "chown $_: $!" for @paths;
}


sub free_port {
    my $s = IO::Socket::INET->new(
        Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0
    ) or die "no free port: $!";

    return $s->sockport;
}


sub slurp {
    my ($path) = @_;

    open my $fh, '<:raw', $path or return '';
    local $/;
    my $text = <$fh>;
    return $text // '';
}


# Whole or not at all, as an editor writes.
sub spew {
    my ($path, $text) = @_;

    open my $fh, '>:raw', "$path.new" or die "$path: $!";
    print $fh $text;
    close $fh or die "$path: $!";
    rename "$path.new", $path or die "$path: $!";
}


# The configuration file; pairs change settings, undef removes one.
sub write_config {
    my ($self, %change) = @_;
    my $config = $self->{config};

    while (my ($name, $value) = each %change) {
        defined $value ? $config->{$name} = $value : delete $config->{$name};
    }
    spew("$self->{dir}/conf/config", join '',
        "BASE_DIR = '$self->{base}'\n",
        map { "$_ = $config->{$_}\n" } sort keys %$config);
}


# The shipped eportal.conf, on ports of ours.
sub write_nginx_conf {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $site = slurp("$ROOT/packaging/nginx/eportal.conf");
    my $module = slurp("$ROOT/packaging/nginx/mod-http-eportal.conf");

    $site =~ s/_timeout 15s/_timeout $self->{timeout}/g if $self->{timeout};
    $site =~ s{listen 80 }{listen 127.0.0.1:$self->{port} }
        or die 'no listen';
    $site =~ s{listen \[::\]:80 default_server;}
        {listen 127.0.0.1:$self->{h2_port} http2;\n    $self->{server}}
        or die 'no second listen';
    $site =~ s{/usr/share/eportal/console/}{$dir/console/}g
        or die 'no console';
    $module =~ s{modules/}{$BUILD/nginx/} or die 'no load_module';

    spew("$dir/conf/eportal.conf", $site);
    spew("$dir/conf/nginx.conf", <<"CONF");
user $USER;
worker_processes $self->{workers};
pid $dir/nginx.pid;
error_log $dir/logs/error.log info;
worker_rlimit_core 0;
$module
$self->{main}
events {
    worker_connections 4096;
}
http {
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/body;
    fastcgi_temp_path $dir/body;
    uwsgi_temp_path $dir/body;
    scgi_temp_path $dir/body;
    access_log off;
    eportal_config $dir/conf/config;
    $self->{nginx}
    include $dir/conf/eportal.conf;
}
CONF
}


# The console as the build made it; page: only this page.
sub console {
    my ($self) = @_;

    system('cp', '-r', "$ROOT/build/console", "$self->{dir}/console") == 0
        or die "no build/console: run make console first\n";
    return $self;
}


sub page {
    my ($self, $html) = @_;

    mkdir "$self->{dir}/console" or die "$self->{dir}/console: $!";
    spew("$self->{dir}/console/index.html", $html);
    return $self;
}


# Environment of a process that loads the module.
sub environment {
    my ($self) = @_;
    my %env = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8');

    if ($SANITIZE) {
        my $lib = qx(gcc -print-file-name=libasan.so);
        chomp $lib;
        $env{LD_PRELOAD} = join ' ', $lib, @{ $self->{preload} || [] };
        $env{ASAN_OPTIONS} = 'detect_odr_violation=0:detect_leaks=0'
            . ':abort_on_error=0';
        $env{UBSAN_OPTIONS} = 'print_stacktrace=1';
    } elsif ($self->{preload}) {
        $env{LD_PRELOAD} = join ' ', @{ $self->{preload} };
    }
    return %env;
}


sub nginx_args {
    my ($self, @more) = @_;

    return ('nginx', '-p', $self->{dir}, '-c', "$self->{dir}/conf/nginx.conf",
        '-e', "$self->{dir}/logs/error.log", @more);
}


# nginx -t and the like: (exit status, output).
sub nginx {
    my ($self, @args) = @_;
    my %env = $self->environment;

    local %ENV = %env;
    return run_command($self->nginx_args(@args));
}


sub run_command {
    my (@command) = @_;
    my $pid = open3(my $in, my $out, undef, @command);

    close $in;
    local $/;
    my $text = <$out> // '';
    waitpid $pid, 0;
    return ($? >> 8, $text);
}


sub start {
    my ($self) = @_;
    my %env = $self->environment;

    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        %ENV = %env;
        open STDOUT, '>>', "$self->{dir}/logs/stderr.log";
        open STDERR, '>&', \*STDOUT;
        exec $self->nginx_args('-g', 'daemon off;');
        die "nginx: $!";
    }
    $self->{master} = $pid;
    wait_for(sub {
        die "nginx has ended:\n" . $self->error_log
            if waitpid($pid, WNOHANG) == $pid && delete $self->{master};
        my @workers = $self->workers;
        return @workers == $self->{workers} && IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $self->{port}
        );
    }, 60) or die "nginx does not answer:\n" . $self->error_log;
    return $self;
}


# Graceful by default: requests end, check-ins are written.
sub stop {
    my ($self, $signal) = @_;
    my $pid = delete $self->{master} or return;

    kill $signal || 'QUIT', $pid;
    my $ended = wait_for(sub { waitpid($pid, WNOHANG) == $pid }, 60);
    return 1 if $ended;
    my @workers = children($pid);
    kill 'KILL', $pid, @workers;
    waitpid $pid, 0;
    return 0;
}


sub children {
    my ($pid) = @_;
    my @children;

    opendir my $proc, '/proc' or die "/proc: $!";
    for my $p (grep { /^\d+$/ } readdir $proc) {
        my ($ppid) = slurp("/proc/$p/stat") =~ /\) \S (\d+)/;
        push @children, $p if defined $ppid && $ppid == $pid;
    }
    @children = sort { $a <=> $b } @children;
    return @children;
}


# Process ids of the workers that serve (not of those that shut down).
sub workers {
    my ($self) = @_;

    my @workers = grep { slurp("/proc/$_/cmdline") =~ /worker process(?! is)/ }
        children($self->{master});
    return @workers;
}


# New workers serve when this returns.
sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;

    kill 'HUP', $self->{master};
    return wait_for(sub {
        my @now = $self->workers;
        return @now == $self->{workers} && !grep { $old{$_} } @now;
    }, 30);
}


sub kill_worker {
    my ($self) = @_;
    my ($pid) = $self->workers;

    kill 'KILL', $pid;
    wait_for(sub {
        my @now = $self->workers;
        return @now == $self->{workers} && !grep { $_ == $pid } @now;
    }, 30);
    return $pid;
}


# Poll until it is true; its value, or an empty one after some seconds.
sub wait_for {
    my ($what, $seconds) = @_;
    my $end = time + ($seconds || 20);

    while (1) {
        my $value = $what->();
        return $value if $value;
        return if time > $end;
        sleep 0.05;
    }
}


# kc.eportal: (exit status, stdout and stderr).
sub cli {
    my ($self, @args) = @_;

    local %ENV = (
        PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8',
        EPORTAL_CONFIG => "$self->{dir}/conf/config",
        $SANITIZE ? (ASAN_OPTIONS => 'detect_leaks=1') : (),
    );
    return run_command("$BUILD/kc.eportal", @args);
}


sub cli_ok {
    my ($self, @args) = @_;
    my ($status, $out) = $self->cli(@args);

    $status == 0 or die "kc.eportal @args: exit $status\n$out";
    return $out;
}


# Make an archive (t/fixtures/make-archive) and deploy it. Objects as
# "HASH:LEVEL,LEVEL". Options: product, feed, disabled, cve => [...],
# add => { path => file }
sub deploy {
    my ($self, $name, $objects, %o) = @_;
    my $product = $o{product} || 'kernel';
    my %group = (kernel => 'kcare', user => 'libcare', qemu => 'qemu',
        db => 'db');
    my $archive = "$self->{dir}/$name.tar.gz";
    my $size = $o{size} || 4096;
    my ($status, $out) = run_command(
        $^X, "$ROOT/t/fixtures/make-archive", '--product', $product,
        '--name', $name, '--out', $archive, '--size', $size,
        (map { ('--object', $_) } @$objects),
        (map { ('--cve', $_) } @{ $o{cve} || [] }),
        map { ('--add', "$_=$o{add}{$_}") } sort keys %{ $o{add} || {} }
    );

    $status == 0 or die "make-archive: $out";
    $self->cli_ok($group{$product}, 'deploy',
        $o{feed} ? ('--feed', $o{feed}) : (),
        $o{disabled} ? '--disabled' : (), $archive);
}


# A query with the sqlite3 program: rows of '|'-separated columns.
sub sql {
    my ($self, $query) = @_;
    my ($status, $out) = run_command('sqlite3', '-bail', '-cmd',
        '.timeout 10000', "$self->{base}/eportal.sqlite", $query);

    $status == 0 or die "sqlite3: $out\n$query";
    return wantarray ? split(/\n/, $out) : $out =~ s/\n\z//r;
}


sub url {
    my ($self, $path) = @_;

    return "http://127.0.0.1:$self->{port}$path";
}


# { status, headers, content } as HTTP::Tiny gives them. Options: headers,
# content, basic => server id or "user:password".
sub request {
    my ($self, $method, $path, %o) = @_;
    my %headers = %{ $o{headers} || {} };
    my $http = $self->{http} ||= HTTP::Tiny->new(
        timeout => 60, max_redirect => 0, verify_SSL => 0, keep_alive => 0
    );

    if (defined $o{basic}) {
        require MIME::Base64;
        $headers{Authorization} = 'Basic '
            . MIME::Base64::encode_base64(
                $o{basic} =~ /:/ ? $o{basic} : "$o{basic}:x", '');
    }
    my $answer = $http->request($method, $self->url($path), {
        headers => \%headers,
        defined $o{content} ? (content => $o{content}) : (),
    });
    keeps_contract($method, $path, $answer);
    return $answer;
}


# Whatever a test is about: an answer of the API is what openapi.yaml says.
sub keeps_contract {
    my ($method, $path, $answer) = @_;

    return if $path !~ m{^/(?:admin/|api/kcare/|metrics|healthz|readyz)}
        || $answer->{status} == 599;
    require EPortal::OpenAPI;
    my $operation = EPortal::OpenAPI::operation_of($method, $path) or return;
    my @wrong = EPortal::OpenAPI::check_answer($operation, $answer);
    fail("$method $path keeps to openapi.yaml: " . join '; ', @wrong)
        if @wrong;
}


sub get { my ($self, @args) = @_; return $self->request('GET', @args) }
sub post { my ($self, @args) = @_; return $self->request('POST', @args) }


sub connect {
    my ($self, $port) = @_;
    my $s = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port || $self->{port},
        Timeout => 10
    ) or die "connect: $!";

    $s->autoflush(1);
    return $s;
}


# Send bytes as they are; everything that comes back until the end or, with
# keep-alive, until nothing came for a moment.
sub raw {
    my ($self, $bytes, %o) = @_;
    my $s = $self->connect;
    my $answer = '';
    my $end = time + ($o{timeout} || 20);

    local $SIG{PIPE} = 'IGNORE';
    print {$s} $bytes;
    shutdown $s, 1 if $o{half_close};
    while ((my $left = $end - time) > 0) {
        vec(my $bits = '', fileno $s, 1) = 1;
        last if !select $bits, undef, undef, $left;
        last if !sysread $s, $answer, 65536, length $answer;
        last if $o{until} && $answer =~ $o{until};
    }
    close $s;
    raw_keeps_contract($bytes, $answer);
    return $answer;
}


# Where one whole request got one whole answer.
sub raw_keeps_contract {
    my ($bytes, $answer) = @_;
    my ($method, $path) = $bytes =~ m{\A([A-Z]+) (\S+) HTTP/1\.[01]\r\n} or return;
    my @found = responses($answer, $method);
    my ($status, $head, $body) = @{ $found[0] || return };

    return if @found != 1 || $head !~ /^Content-Length:/mi;
    keeps_contract($method, $path, { status => $status, content => $body,
        headers => { map { /^([^:]+):\s*(.*?)\r?$/ ? (lc $1 => $2) : () }
            split /\n/, $head } });
}


# Register under a key; the new server's id.
sub register {
    my ($self, $key, %o) = @_;
    my $r = $self->get("/admin/api/kcare/register_server.plain?key=$key"
        . '&hostname=' . ($o{hostname} || 'host.example'));

    return $r->{content} =~ /^server_id:(\w+)$/m ? $1
        : die "register: $r->{status} $r->{content}";
}


# What answers are there on a connection: [status, head, body], as far as they
# can be told apart by Content-Length.
sub responses {
    my ($bytes, @methods) = @_;
    my @found;

    while ($bytes =~ s/\AHTTP\/1\.[01] (\d+)([^\n]*\n.*?)\r\n\r\n//s) {
        my ($status, $head) = ($1, $2);
        my ($length) = $head =~ /^Content-Length: (\d+)\r?$/mi;
        my $method = @methods ? shift @methods : 'GET';
        my $body = $method eq 'HEAD' ? ''
            : substr $bytes, 0, $length // length $bytes, '';

        push @found, [$status, $head, $body];
    }
    push @found, ['rest', '', $bytes] if length $bytes;
    return @found;
}


sub error_log {
    my ($self) = @_;

    return slurp("$self->{dir}/logs/error.log")
        . slurp("$self->{dir}/logs/stderr.log");
}


sub alerts {
    my ($self) = @_;

    return join "\n", grep {
        /\[(?:alert|emerg|crit)\]|Sanitizer|runtime error|exited on signal/
            && !($self->{allowed} && /$self->{allowed}/)
    } split /\n/, $self->error_log;
}


# What every test ends with: told to stop, nginx does, and its log is clean.
sub finish {
    my (@instances) = @_;

    for my $t (@instances) {
        ok($t->stop, 'nginx ends when told to') if $t->{master};
        is($t->alerts, '', 'no alerts, no sanitizer reports')
            or diag substr $t->error_log, -8000;
    }
}


sub clean {
    my ($self) = @_;

    return if $self->{pid} != $$ || !delete $live{ $self->{dir} };
    $self->stop('TERM');
    if ($ENV{TEST_LEAVE}) {
        diag "left in $self->{dir}";
    } else {
        remove_tree($self->{dir});
    }
}


END {
    my $status = $?;

    $_->clean for values %live;
    $? = $status;
}


sub sha1 {
    require Digest::SHA;
    return Digest::SHA::sha1_hex(@_);
}


# A check-in token as an agent might append it: JSON in hex.
sub token {
    my (%facts) = @_;

    return unpack 'H*', json(\%facts);
}


sub json {
    require JSON::PP;
    return JSON::PP->new->canonical->encode($_[0]);
}

1;
