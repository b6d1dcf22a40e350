# A patch source in tests that holds files back: while the file "hold" is
# there it sends the first half of whatever lies in resources/ and waits. It
# knows Range, answers several at once, and logs each request.

package EPortal::Gate;

use strict;
use warnings;

use EPortal::Upstream qw(background connects free_port slurp temp_dir);
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);


sub start {
    my ($class, $root) = @_;
    my $dir = temp_dir();
    my $listen = IO::Socket::INET->new(Listen => 64,
        LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!\n";
    my $self = bless { root => $root, dir => $dir, test => $$,
        log => "$dir/access.log", port => $listen->sockport }, $class;

    $self->{pid} = background("$dir/error.log", sub {
        local $SIG{CHLD} = 'IGNORE';
        local $SIG{PIPE} = 'IGNORE';
        while (my $client = $listen->accept) {
            next if fork();
            close($listen);
            $self->answer($client);
            POSIX::_exit(0);
        }
    });
    close($listen);
    return $self;
}


sub url { return "http://127.0.0.1:$_[0]{port}/" }


sub hold {
    my ($self, $on) = @_;

    return unlink "$self->{dir}/hold" if !$on;
    open(my $fh, '>', "$self->{dir}/hold") or die "hold: $!\n";
    return 1;
}


# Requests for a path so far: the byte that each began with.
sub asked {
    my ($self, $path) = @_;

    return slurp($self->{log}) =~ m{^\Q$path\E (\d+)$}mg;
}


sub answer {
    my ($self, $client) = @_;
    my ($path) = (<$client> // '') =~ m{^GET /(\S*) };
    my $from = 0;

    while (defined(my $line = <$client>)) {
        $from = $1 if $line =~ /^Range: bytes=(\d+)-/i;
        last if $line =~ /^\r?\n$/;
    }
    return if !defined $path;
    open(my $log, '>>', $self->{log}) or return;
    syswrite($log, "$path $from\n");
    my $bytes = slurp("$self->{root}/$path");
    my $size = length $bytes;
    my $head = $from > 0
        ? "206 Partial Content\r\nContent-Range: bytes $from-"
            . ($size - 1) . "/$size" : '200 OK';
    syswrite($client, "HTTP/1.1 $head\r\nConnection: close\r\n"
        . 'Content-Length: ' . ($size - $from) . "\r\n\r\n");
    my $sent = $from;
    if ($path =~ /resources/ && -e "$self->{dir}/hold") {
        my $half = int($size / 2);
        $sent = $half if $half > $sent;
        syswrite($client, substr($bytes, $from, $sent - $from));
        # not for longer than the test
        while (-e "$self->{dir}/hold") {
            return if !kill 0, $self->{test};
            sleep 0.02;
        }
    }
    while ($sent < $size) {
        my $n = syswrite($client, $bytes, $size - $sent, $sent) or return;
        $sent += $n;
    }
    return;
}

1;
