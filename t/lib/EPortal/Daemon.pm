# `kc.eportal daemon` in tests: the process, its log, and what it says to
# systemd, for an instance of EPortal::CLI.

package EPortal::Daemon;

use strict;
use warnings;

use File::Temp;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Socket qw(SOCK_DGRAM);
use Time::HiRes qw(sleep time);

use EPortal::CLI;

my $PATIENCE = 120; # seconds; a busy machine under sanitizers is slow


# Start it and wait until it serves. Options: env, more variables; before,
# words of a command that runs it.
sub start {
    my ($class, $portal, %option) = @_;
    my $self = bless { portal => $portal }, $class;

    $self->{log} = "$portal->{dir}/daemon.log";
    $self->{socket_path} = "$portal->{dir}/notify";
    unlink $self->{log}, $self->{socket_path};
    $self->{socket} = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
        Local => $self->{socket_path}) or die "notify socket: $!\n";
    chmod 0777, $self->{socket_path};
    $self->{said} = '';
    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open(STDERR, '>>', $self->{log}) or POSIX::_exit(127);
        open(STDOUT, '>&', \*STDERR) or POSIX::_exit(127);
        $ENV{EPORTAL_CONFIG} = $portal->{config};
        $ENV{NOTIFY_SOCKET} = $self->{socket_path};
        $ENV{WATCHDOG_USEC} = 60_000_000;
        $ENV{$_} = $option{env}{$_} for keys %{ $option{env} // {} };
        my @command = (@{ $option{before} // [] },
            EPortal::CLI::build_file('kc.eportal'), 'daemon');
        { no warnings 'exec'; exec @command; }
        POSIX::_exit(127);
    }
    $self->wait_for(sub { $self->said =~ /^READY=1$/m || !$self->alive })
        or die "the daemon does not get ready: " . $self->text;
    return $self;
}


sub DESTROY {
    my ($self) = @_;
    local $?;

    $self->kill_it if $self->{pid};
    return;
}


# Poll until it is so; false after a long time.
sub wait_for {
    my ($self, $condition) = @_;
    my $end = time + $PATIENCE;

    while (time < $end) {
        $self->said; # a full socket would hold the daemon up
        return 1 if $condition->();
        sleep 0.1;
    }
    return 0;
}


# The log so far.
sub text {
    my ($self) = @_;

    open(my $fh, '<', $self->{log}) or return '';
    local $/;
    return scalar(<$fh>) // '';
}


# Wait for a line of the log.
sub logs {
    my ($self, $pattern) = @_;

    return $self->wait_for(sub { $self->text =~ $pattern });
}


# What systemd has been told so far.
sub said {
    my ($self) = @_;
    my $select = IO::Select->new($self->{socket});

    while ($select->can_read(0)) {
        defined $self->{socket}->recv(my $message, 4096) or last;
        $self->{said} .= "$message\n";
    }
    return $self->{said};
}


sub alive {
    my ($self) = @_;

    return 0 if !$self->{pid};
    if (waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid}) {
        $self->{status} = $?;
        $self->{pid} = 0;
        return 0;
    }
    return 1;
}


sub send_signal {
    my ($self, $name) = @_;

    return kill $name, $self->{pid};
}


# Wait until it stands in line for a file that somebody else has locked.
sub waits_for_a_lock {
    my ($self) = @_;

    return $self->wait_for(sub {
        open(my $fh, "<", "/proc/locks") or die "/proc/locks: $!\n";
        return scalar grep { /-> FLOCK .* $self->{pid} / } <$fh>;
    });
}


# Wait for its end: the exit code, 128 and the number for a signal.
sub ended {
    my ($self) = @_;

    $self->wait_for(sub { !$self->alive }) or return;
    return $self->{status} & 127 ? 128 + ($self->{status} & 127)
        : $self->{status} >> 8;
}


# End it as `systemctl stop` does.
sub stop {
    my ($self) = @_;

    $self->send_signal('TERM');
    return $self->ended;
}


sub kill_it {
    my ($self) = @_;

    $self->send_signal('KILL');
    waitpid($self->{pid}, 0);
    $self->{pid} = 0;
    return;
}


# Read from the database, whoever has it open.
sub sql {
    my ($self, $sql) = @_;

    open(my $fh, "-|", "sqlite3", "-batch",
        "file:$self->{portal}{data}/eportal.sqlite?mode=ro", $sql)
        or die "sqlite3: $!\n";
    local $/;
    my $out = <$fh>;
    close($fh);
    return $out // "";
}


# A job as `kc.eportal jobs` has it.
sub job {
    my ($self, $name) = @_;
    my $r = $self->{portal}->run('jobs', '--json');

    $r->{exit} == 0 or die "jobs: $r->{err}\n";
    my ($job) = grep { $_->{name} eq $name } @{ decode_json($r->{out})->{jobs} };
    return $job;
}


# Have a job run and wait for its end: what is recorded then.
sub run_job {
    my ($self, $name) = @_;
    my $before = int(time * 1e6);
    my $r = $self->{portal}->run('jobs', 'run', $name);

    $r->{exit} == 0 or die "jobs run $name: $r->{err}\n";
    # The table tells times in seconds only.
    my $ran = "SELECT count(*) FROM job WHERE name = '$name'"
        . " AND started >= $before AND ended > started";
    $self->wait_for(sub { $self->sql($ran) eq "1\n" })
        or die "the job $name does not run: " . $self->text;
    return $self->job($name);
}

1;
