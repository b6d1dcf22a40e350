#!/usr/bin/perl
# What only happens on a terminal: passwords are asked for without echo, a
# deploy shows how far it is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive);
use EPortal::Upstream qw(source_dir start_faulty);
use Fcntl;
use POSIX ();
use Test::More;

my $portal = EPortal::CLI->new;


# A pseudo-terminal: its master, and the name of the other end.
sub terminal {
    sysopen(my $master, '/dev/ptmx', O_RDWR | O_NOCTTY)
        or die "/dev/ptmx: $!\n";
    my $number = pack 'i', 0;
    ioctl($master, 0x40045431, $number) or die "TIOCSPTLCK: $!\n";
    ioctl($master, 0x80045430, $number) or die "TIOCGPTN: $!\n";
    return ($master, '/dev/pts/' . unpack 'i', $number);
}


# Run a command on a terminal. Each pair of the dialogue is what to wait for
# and what to type then. Returns exit status and all that was shown.
sub on_terminal {
    my ($command, @dialogue) = @_;
    my ($master, $name) = terminal();
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        POSIX::setsid();
        # Opening it makes it the controlling terminal: ^C works.
        my $fd = POSIX::open($name, O_RDWR) // POSIX::_exit(126);
        POSIX::dup2($fd, $_) for 0 .. 2;
        $ENV{EPORTAL_CONFIG} = $portal->{config};
        { no warnings 'exec'; exec { build_file('kc.eportal') } 'kc.eportal', @$command; }
        POSIX::_exit(127);
    }
    my ($shown, $from) = ('', 0);
    # Reading fails when the other end is closed by all.
    while (sysread($master, $shown, 4096, length $shown)) {
        while (@dialogue
            && (my $at = index $shown, $dialogue[0][0], $from) >= 0) {
            my ($text, $answer) = @{ shift @dialogue };
            $from = $at + length $text;
            syswrite($master, $answer) or die "cannot type: $!\n";
        }
    }
    waitpid($pid, 0);
    return ($? & 127 ? 128 + ($? & 127) : $? >> 8, $shown);
}


sub exists_user {
    return $portal->run('user', $_[0])->{exit} == 0;
}


my ($exit, $shown) = on_terminal([qw(user -a typed)],
    ['Password: ', "SecretWord\n"], ['again: ', "SecretWord\n"]);
is($exit, 0, 'USER-8: without -p the password is asked for') or diag $shown;
like($shown, qr/Password: .*Password again: .*User 'typed' was added/s,
    '... twice');
unlike($shown, qr/SecretWord/, '... without echo');
ok(exists_user('typed'), '... and the user is there');

($exit, $shown) = on_terminal([qw(user -a other)],
    ['Password: ', "SecretWord\n"], ['again: ', "SecretWird\n"]);
is($exit, 2, 'two different passwords are refused');
like($shown, qr/the two passwords differ/, '... and it says so');
ok(!exists_user('other'), '... nobody is added');

($exit, $shown) = on_terminal([qw(user -a other)], ['Password: ', "\x03"]);
is($exit, 130, 'interrupting the question ends the command');
ok(!exists_user('other'), '... nobody is added');

my $BAR = qr/\[[# ]{20}\] +\d+% [\d.]+ \w+, [\d.]+ \w+\/s, \d+:\d\d left/;

# Large enough that there is something to show.
my $archive = make_archive('kernel', 'K20250101_01',
    "$portal->{dir}/K20250101_01.tar.gz", '--size', 4 << 20);
($exit, $shown) = on_terminal(['kcare', 'deploy', $archive]);
is($exit, 0, 'a deploy on a terminal') or diag $shown;
like($shown, qr/K20250101_01\.tar\.gz \w+ $BAR/, '... shows its progress');
like($shown, qr/\r\e\[K\d{4}-\d\d-\d\d [^\r\n]* was enabled in main\r\n\z/,
    '... and takes the line away before it says anything');

# A download whose second half comes a little later.
my $source = start_faulty(source_dir(K20250201_01 => 'kernel'), sub {
    my ($client, $bytes) = @_;
    my $half = length($bytes) / 2;

    print {$client} "HTTP/1.1 200 OK\r\nConnection: close\r\n",
        'Content-Length: ', length $bytes, "\r\n\r\n", substr $bytes, 0, $half;
    $client->flush;
    sleep 2;
    print {$client} substr $bytes, $half;
});
$portal->write_config("BASE_DIR = '$portal->{data}'\nMIN_FREE_DISK = 1024\n"
    . "PATCH_SOURCE_URL = '$source->{url}'\n");
($exit, $shown) = on_terminal([qw(kcare update)]);
is($exit, 0, 'an update on a terminal') or diag $shown;
like($shown, qr/\r\e\[K[^\r\n]*downloading $BAR/,
    'SRC-1: ... shows bar, part, rate and the time that is left');
like($shown, qr/\[#{9,10} {10,11}\] +(?:49|50)% /, '... as far as it is');

done_testing();
