# kc.eportal in tests: an instance of its own in a temporary directory, whose
# data belongs to another user than the one who runs the command.

package EPortal::CLI;

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(:mode);
use File::Find;
use File::Temp;
use IO::Select;
use POSIX ();

use EPortal::Source qw(root);
use Test::More;

our @EXPORT_OK = qw(build_file make_archive owner_name);

my $owner = 'www-data';


sub owner_name { return $owner }


# A file of the build under test.
sub build_file {
    my ($path) = @_;
    my $build = $ENV{EP_BUILD} // root('build');

    return "$build/$path";
}


# A believable patchset archive with two objects.
sub make_archive {
    my ($product, $name, $path, @more) = @_;

    system(root('t/fixtures/make-archive'), '--product', $product, '--name',
        $name, '--objects', 2, '--out', $path, @more) == 0
        or die "make-archive failed\n";
    return $path;
}


# An instance. As root its data directory belongs to www-data. Options:
# migrate => 0 leaves it empty, config => text is added to the file.
sub new {
    my ($class, %option) = @_;
    my $temp = File::Temp->newdir('eportal-cli-XXXXXX', TMPDIR => 1);
    my $self = bless { temp => $temp, dir => "$temp" }, $class;

    # Others must get through to the data, and nowhere else.
    chmod 0711, $self->{dir} or die "chmod: $!\n";
    $self->{data} = "$self->{dir}/data";
    $self->{config} = "$self->{dir}/config";
    mkdir $self->{data} or die "mkdir: $!\n";
    chown((getpwnam($owner))[2, 3], $self->{data}) or die "chown: $!\n"
        if $> == 0;
    chmod 02770, $self->{data} or die "chmod: $!\n";
    $self->write_config("BASE_DIR = '$self->{data}'\n"
        . ($option{config} // ''));
    if ($option{migrate} // 1) {
        my $r = $self->run('migrate');
        $r->{exit} == 0 or die "migrate failed: $r->{err}\n";
    }
    return $self;
}


sub write_config {
    my ($self, $text) = @_;

    open(my $fh, '>', $self->{config}) or die "$self->{config}: $!\n";
    print {$fh} $text;
    close($fh) or die "$self->{config}: $!\n";
    chmod 0644, $self->{config};
    return;
}


# Run `kc.eportal ARGS`; the last argument may be a hash with stdin (text)
# and env (more variables). Returns exit, out and err.
sub run {
    my ($self, @args) = @_;
    my %option = @args && ref $args[-1] ? %{ pop @args } : ();
    local %ENV = (%ENV, EPORTAL_CONFIG => $self->{config}, LC_ALL => 'C',
        TZ => 'UTC', %{ $option{env} // {} });

    return execute([build_file('kc.eportal'), @args], $option{stdin} // '');
}


# The same as a test: it succeeds.
sub ok_run {
    my ($self, $title, @args) = @_;
    my $r = $self->run(@args);

    is($r->{exit}, 0, $title) or diag $r->{err};
    return $r;
}


# Servers as agents would have registered them; returns their ids.
sub seed {
    my ($self, @args) = @_;
    my $r = execute([build_file('t/cli/seed'), $self->{config}, @args], '',
        $owner);

    $r->{exit} == 0 or die "seed failed: $r->{err}\n";
    return split /\n/, $r->{out};
}


# What in the data directory belongs to root.
sub owned_by_root {
    my ($self) = @_;
    my @found;

    find({
        no_chdir => 1,
        wanted => sub {
            my @st = lstat $File::Find::name;
            push @found, $File::Find::name if @st && $st[4] == 0;
        },
    }, $self->{data});
    return @found;
}


# Run a program to its end, as another user if one is named; one that hangs
# is ended by the test's own time limit.
sub execute {
    my ($command, $stdin, $user) = @_;
    my ($in_r, $in_w, $out_r, $out_w, $err_r, $err_w);

    pipe($in_r, $in_w) && pipe($out_r, $out_w) && pipe($err_r, $err_w)
        or die "pipe: $!\n";
    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::dup2(fileno($in_r), 0);
        POSIX::dup2(fileno($out_w), 1);
        POSIX::dup2(fileno($err_w), 2);
        my $program = $command->[0];
        if (defined $user && $> == 0) {
            # The tree may lie where only root can go: open it while we can.
            local $^F = 255;
            open(my $fh, '<', $program) or POSIX::_exit(127);
            $program = '/proc/self/fd/' . fileno($fh);
            become($user);
            { no warnings 'exec'; exec { $program } @$command; }
            POSIX::_exit(127);
        }
        { no warnings 'exec'; exec { $program } @$command; }
        POSIX::_exit(127);
    }
    close($_) for $in_r, $out_w, $err_w;
    local $SIG{PIPE} = 'IGNORE';
    print {$in_w} $stdin;
    close($in_w);
    my %text = (fileno($out_r) => '', fileno($err_r) => '');
    my $select = IO::Select->new($out_r, $err_r);
    while (my @ready = $select->can_read) {
        for my $fh (@ready) {
            sysread($fh, $text{ fileno($fh) }, 65536,
                length $text{ fileno($fh) }) or $select->remove($fh);
        }
    }
    waitpid($pid, 0);
    return {
        exit => $? & 127 ? 128 + ($? & 127) : $? >> 8,
        out => $text{ fileno($out_r) },
        err => $text{ fileno($err_r) },
    };
}


sub become {
    my ($user) = @_;
    my ($uid, $gid) = (getpwnam($user))[2, 3];

    $) = "$gid $gid";
    POSIX::setgid($gid);
    POSIX::setuid($uid);
    return;
}


1;
