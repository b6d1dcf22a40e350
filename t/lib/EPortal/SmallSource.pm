# A patch source in tests: a directory of archives behind a small web server
# that counts what it is asked for and can stop in the middle of a file.

package EPortal::SmallSource;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();

use EPortal::CLI qw(make_archive);


# Below a directory of the test's own.
sub start {
    my ($class, $dir) = @_;
    my $self = bless { dir => "$dir/source", log => "$dir/source.log",
        stall => "$dir/source.stall" }, $class;

    mkdir $self->{dir} or die "mkdir: $!\n";
    chmod 0755, $self->{dir};
    my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1',
        ReuseAddr => 1) or die "listen: $!\n";
    $self->{port} = $listen->sockport;
    $self->listen_on($listen);
    return $self;
}


# Serve from a process group of its own.
sub listen_on {
    my ($self, $listen) = @_;

    $self->{test} = $$;
    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        POSIX::setpgid(0, 0);
        local $SIG{CHLD} = 'IGNORE';
        local $SIG{PIPE} = 'IGNORE';
        my $select = IO::Select->new($listen);
        # Not for longer than the test, however that ends.
        while (getppid == $self->{test}) {
            $select->can_read(1) or next;
            my $client = $listen->accept or next;
            next if fork();
            close($listen);
            $self->answer($client);
            POSIX::_exit(0);
        }
        POSIX::_exit(0);
    }
    close($listen);
    return;
}


sub answer {
    my ($self, $client) = @_;
    my ($path) = (<$client> // '') =~ m{^GET /([\w.-]+) };

    while (my $line = <$client>) {
        last if $line =~ /^\r?\n$/;
    }
    open(my $log, '>>', $self->{log});
    syswrite($log, ($path // '?') . "\n");
    my $fh;
    if (!defined $path || !open($fh, '<:raw', "$self->{dir}/$path")) {
        print {$client} "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
            . "Connection: close\r\n\r\n";
        return;
    }
    local $/;
    my $body = <$fh>;
    print {$client} "HTTP/1.1 200 OK\r\nContent-Length: ", length $body,
        "\r\nConnection: close\r\n\r\n";
    $client->flush;
    if ($path ne 'index.json' && -e $self->{stall}) {
        syswrite($client, substr($body, 0, length($body) / 2));
        sleep 1 while -e $self->{stall} && kill 0, $self->{test};
        return;
    }
    print {$client} $body;
    $client->flush;
    return;
}


sub url { return "http://127.0.0.1:$_[0]{port}/" }


# More patchsets to be had.
sub add {
    my ($self, $portal, @names) = @_;

    for my $name (@names) {
        make_archive('kernel', $name, "$self->{dir}/$name.tar.bz2");
    }
    my $r = $portal->run(qw(source publish), $self->{dir});
    $r->{exit} == 0 or die "source publish: $r->{err}\n";
    return;
}


# How often a file was asked for.
sub asked {
    my ($self, $file) = @_;

    open(my $fh, '<', $self->{log}) or return 0;
    return scalar grep { $_ eq "$file\n" } <$fh>;
}


# Archives stop half-way from now on, or no more.
sub stall {
    my ($self, $on) = @_;

    return unlink $self->{stall} if !$on;
    open(my $fh, '>', $self->{stall}) or die "$self->{stall}: $!\n";
    return 1;
}


sub down {
    my ($self) = @_;

    kill 'KILL', -$self->{pid}, $self->{pid};
    waitpid($self->{pid}, 0);
    $self->{pid} = 0;
    return;
}


# On the same port again.
sub up {
    my ($self) = @_;
    my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1',
        LocalPort => $self->{port}, ReuseAddr => 1) or die "listen: $!\n";

    $self->listen_on($listen);
    return;
}


sub DESTROY {
    my ($self) = @_;
    local $?;

    $self->down if $self->{pid};
    return;
}

1;
