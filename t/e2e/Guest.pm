# Guest.pm - a machine in QEMU that runs Debian's cloud kernel and our agent.
# It reaches the host's 127.0.0.1 as 10.0.2.2.
package Guest;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use IO::Select;
use POSIX qw(WNOHANG);
use Time::HiRes qw(time);

use constant HERE => dirname(abs_path(__FILE__));

# Downloads, builds or finds what a guest needs: a hash of RELEASE, KERNEL,
# INITRAMFS, HASH (of the kernel), LEVEL1 and LEVEL2. Dies with the reason.
sub prepare
{
    my ($class) = @_;
    my $dir = HERE . '/../../build/e2e';
    my %made;

    open my $pipe, '-|', 'timeout', '600', HERE . '/prepare.sh', $dir
        or die "prepare.sh: $!\n";
    while (my $line = <$pipe>) {
        $made{$1} = $2 if $line =~ /^(\w+)=(.*)$/;
    }
    close $pipe or die "t/e2e/prepare.sh failed: see above\n";
    return \%made;
}

# Boots: port is the portal's, key what the agent registers with, seconds how
# long the machine may live in all.
sub start
{
    my ($class, %option) = @_;
    my $made = $option{made};
    my $self = bless {
        dir => File::Temp->newdir, lines => [], rest => '', console => '',
        deadline => time + $option{seconds}, nonce => nonce(),
    }, $class;

    my $initrd = $self->initrd($made->{INITRAMFS});
    my @command = (qw(qemu-system-x86_64 -accel tcg -cpu qemu64 -m 256 -smp 1
        -nodefaults -nographic -no-reboot -serial stdio), '-kernel',
        $made->{KERNEL}, '-initrd', $initrd, '-netdev', 'user,id=net',
        '-device', 'virtio-net-pci,netdev=net,romfile=', '-append',
        'console=ttyS0 quiet panic=-1'
        . " e2e.url=http://10.0.2.2:$option{port} e2e.key=$option{key}"
        . " e2e.nonce=$self->{nonce}");
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        # Nobody's keyboard, and no preloaded sanitizer.
        delete $ENV{LD_PRELOAD};
        open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
        open STDOUT, '>&', $write or die "stdout: $!\n";
        open STDERR, '>&', $write or die "stderr: $!\n";
        exec @command or die "$command[0]: $!\n";
    }
    close $write;
    @$self{qw(pid pipe)} = ($pid, $read);
    return $self;
}

# The prepared initramfs with our scripts in a second archive behind it.
sub initrd
{
    my ($self, $base) = @_;
    my $dir = $self->{dir};
    my $here = HERE;

    system('sh', '-c', 'mkdir "$1/over" && cp "$2/init.sh" "$1/over/init"'
        . ' && cp "$2/agent.sh" "$1/over/" && chmod 755 "$1/over/init"'
        . ' && cd "$1/over" && find . | cpio -o -H newc --quiet | gzip'
        . ' > "$1/over.gz" && cat "$3" "$1/over.gz" > "$1/initrd"',
        'sh', "$dir", $here, $base) == 0
        or die "the guest's initramfs cannot be made\n";
    return "$dir/initrd";
}

# The next line that carries the nonce, without it; undef when the machine
# is off or its time is over. Everything else on the console is only noise.
sub report
{
    my ($self) = @_;
    my $select = IO::Select->new($self->{pipe});

    while (!@{ $self->{lines} }) {
        my $left = $self->{deadline} - time;
        return if $left <= 0 || !$select->can_read($left);
        my $n = sysread $self->{pipe}, my $bytes, 4096;
        return if !$n;
        $self->{console} .= $bytes;
        my @lines = split /\r?\n/, $self->{rest} . $bytes, -1;
        $self->{rest} = pop @lines;
        push @{ $self->{lines} },
            map { /E2E \Q$self->{nonce}\E (.*)/ ? $1 : () } @lines;
    }
    return shift @{ $self->{lines} };
}

# Waits until the machine has switched itself off; false when it has not.
sub is_off
{
    my ($self) = @_;

    while (time < $self->{deadline}) {
        my $ended = waitpid $self->{pid}, WNOHANG;
        if ($ended) {
            delete $self->{pid};
            return $? == 0;
        }
        select undef, undef, undef, 0.05;
    }
    return 0;
}

# All that the machine wrote, for the diagnosis of a failure.
sub console { return $_[0]{console} }

sub nonce
{
    open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    read $random, my $bytes, 8;
    return unpack 'H*', $bytes;
}

sub DESTROY
{
    my ($self) = @_;

    local ($?, $@, $!);
    if ($self->{pid}) {
        kill 'KILL', $self->{pid};
        waitpid $self->{pid}, 0;
    }
}

1;
