# A real slapd in tests: the directory of the manual (tesla, gauss and the
# group mathematicians, each with the password "password") on ports of its
# own, with a certificate of a private authority.
#
#   my $slapd = EPortal::Slapd->new("$dir/slapd");
#   $slapd->url;                   # ldap://localhost:PORT
#   $slapd->modify($ldif);         # as the directory's administrator
#   $slapd->log;                   # what it was asked

package EPortal::Slapd;

use strict;
use warnings;

use File::Path qw(make_path);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

my $PATIENCE = 60;
my $ADMIN = 'cn=admin,dc=example,dc=com';
my $SUFFIX = 'dc=example,dc=com';


# Options: access => lines of slapd.conf for the database.
sub new {
    my ($class, $dir, %option) = @_;
    my $self = bless { dir => $dir, test => $$, %option }, $class;

    make_path("$dir/db");
    $self->{port} = free_port();
    $self->{tls_port} = free_port();
    make_certificates($dir) if !-e "$dir/ca.pem";
    $self->write_conf;
    $self->load(directory());
    $self->start;
    return $self;
}


sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die "no free port: $!\n";

    return $s->sockport;
}


sub spew {
    my ($path, $text) = @_;

    open(my $fh, '>', $path) or die "$path: $!\n";
    print {$fh} $text;
    close($fh) or die "$path: $!\n";
    return;
}


sub slurp {
    my ($path) = @_;

    open(my $fh, '<', $path) or return '';
    local $/;
    return scalar(<$fh>) // '';
}


# Run a program to its end; what it said when it fails.
sub run_it {
    my ($input, @command) = @_;
    my ($pid, $text);

    pipe(my $out_r, my $out_w) && pipe(my $in_r, my $in_w) or die "pipe: $!\n";
    $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::dup2(fileno($in_r), 0);
        POSIX::dup2(fileno($out_w), 1);
        POSIX::dup2(fileno($out_w), 2);
        close($in_w);
        { no warnings 'exec'; exec { $command[0] } @command; }
        POSIX::_exit(127);
    }
    close($_) for $out_w, $in_r;
    print {$in_w} $input;
    close($in_w);
    { local $/; $text = <$out_r> // ''; }
    waitpid($pid, 0);
    $? == 0 or die "@command: $text\n";
    return $text;
}


# An authority, a certificate of it for localhost, 127.0.0.1 and ::1, one for
# another host, and another authority that has nothing to do with it.
sub make_certificates {
    my ($dir) = @_;
    my @new = qw(openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256
        -nodes -batch);

    for my $ca (qw(ca other)) {
        run_it('', @new, qw(-x509 -days 30 -subj), "/CN=Test $ca", '-keyout',
            "$dir/$ca.key", '-out', "$dir/$ca.pem");
    }
    spew("$dir/server.ext", "subjectAltName = "
            . "DNS:ldap.test,IP:127.0.0.1,IP:::1\n");
    spew("$dir/stranger.ext", "subjectAltName = DNS:elsewhere.test\n");
    for my $name (qw(server stranger)) {
        run_it('', @new, '-subj', "/CN=$name", '-keyout', "$dir/$name.key",
            '-out', "$dir/$name.csr");
        run_it('', qw(openssl x509 -req -days 30 -in), "$dir/$name.csr",
            '-CA', "$dir/ca.pem", '-CAkey', "$dir/ca.key", '-CAcreateserial',
            '-extfile', "$dir/$name.ext", '-out', "$dir/$name.pem");
    }
    return;
}


# Options of write_conf: certificate => "stranger".
sub write_conf {
    my ($self, %option) = @_;
    my $dir = $self->{dir};
    my $certificate = $option{certificate} // 'server';
    my $schemas = -d '/etc/ldap/schema' ? '/etc/ldap/schema'
        : '/etc/openldap/schema';

    spew("$dir/slapd.conf", <<"CONF");
include $schemas/core.schema
include $schemas/cosine.schema
include $schemas/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel stats
pidfile $dir/slapd.pid
TLSCertificateFile $dir/$certificate.pem
TLSCertificateKeyFile $dir/$certificate.key
TLSCACertificateFile $dir/ca.pem
TLSVerifyClient never
sizelimit 100
@{[ $self->{global} // '' ]}
database mdb
suffix "$SUFFIX"
directory $dir/db
maxsize 16777216
dbnosync
rootdn "$ADMIN"
rootpw directory
@{[ $self->{access} // '' ]}
CONF
    return;
}


# The manual's directory, and what else tests need: a name that has to be
# escaped everywhere, an entry that only refers elsewhere, and scientists.
sub directory {
    my $text = <<'LDIF';
dn: dc=example,dc=com
objectClass: domain
dc: example

LDIF
    for my $uid (qw(euclid riemann euler gauss test tesla einstein),
        'o\27*()\5cneill') {
        $text .= person($uid);
    }
    return $text . <<'LDIF';
dn: ou=mathematicians,dc=example,dc=com
objectClass: groupOfUniqueNames
ou: mathematicians
cn: Mathematicians
uniqueMember: uid=euclid,dc=example,dc=com
uniqueMember: uid=riemann,dc=example,dc=com
uniqueMember: uid=euler,dc=example,dc=com
uniqueMember: uid=gauss,dc=example,dc=com
uniqueMember: uid=test,dc=example,dc=com

dn: ou=scientists,dc=example,dc=com
objectClass: groupOfUniqueNames
ou: scientists
cn: Scientists
uniqueMember: uid=einstein,dc=example,dc=com
uniqueMember: uid=tesla,dc=example,dc=com

LDIF
}


# One person as LDIF; special characters of the name as in a DN.
sub person {
    my ($uid, $password) = @_;
    my $plain = $uid;

    $password //= 'password';
    $plain =~ s/\\([0-9a-f]{2})/chr hex $1/ge;
    return <<"LDIF";
dn: uid=$uid,$SUFFIX
objectClass: inetOrgPerson
uid: $plain
cn: $plain
sn: $plain
userPassword: $password

LDIF
}


# Fill the database before it is served.
sub load {
    my ($self, $ldif) = @_;

    run_it($ldif, '/usr/sbin/slapadd', '-q', '-f', "$self->{dir}/slapd.conf");
    return;
}


sub start {
    my ($self) = @_;
    my $log = "$self->{dir}/log";

    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open(STDERR, '>>', $log) or POSIX::_exit(127);
        open(STDOUT, '>&', \*STDERR) or POSIX::_exit(127);
        # -d keeps it here, and logs to stderr.
        { no warnings 'exec'; exec '/usr/sbin/slapd', '-d', 'stats', '-f',
            "$self->{dir}/slapd.conf", '-h', "ldap://127.0.0.1:$self->{port} "
            . "ldaps://127.0.0.1:$self->{tls_port}"; }
        POSIX::_exit(127);
    }
    $self->wait_for(sub {
        waitpid($self->{pid}, WNOHANG) == $self->{pid}
            and die "slapd has ended: " . slurp($log);
        return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $self->{tls_port});
    }) or die "slapd does not answer: " . slurp($log);
    return;
}


sub wait_for {
    my ($self, $condition) = @_;
    my $end = time + $PATIENCE;

    while (time < $end) {
        my $got = $condition->();
        return $got if $got;
        sleep 0.05;
    }
    return;
}


sub url { return "ldap://127.0.0.1:$_[0]{port}" }
sub tls_url { return "ldaps://127.0.0.1:$_[0]{tls_port}" }
sub ca { return "$_[0]{dir}/ca.pem" }
sub other_ca { return "$_[0]{dir}/other.pem" }
sub log { return slurp("$_[0]{dir}/log") }


# How often its log has a line like this.
sub logged {
    my ($self, $pattern) = @_;

    return scalar grep { $_ =~ $pattern } split /\n/, $self->log;
}


# Change entries, as the administrator, with LDIF.
sub modify {
    my ($self, $ldif) = @_;

    run_it($ldif, 'ldapmodify', '-x', '-H', $self->url, '-D', $ADMIN, '-w',
        'directory');
    return;
}


sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;

    kill 'TERM', $pid;
    $self->wait_for(sub { waitpid($pid, WNOHANG) == $pid }) and return;
    kill 'KILL', $pid;
    waitpid($pid, 0);
    return;
}


# It keeps its connections, and says nothing more; or goes on.
# It has really stopped when this returns: all its threads have.
sub hang {
    my ($self) = @_;

    kill 'STOP', $self->{pid};
    return $self->wait_for(sub {
        !grep { slurp($_) !~ /\) [Tt] / } glob "/proc/$self->{pid}/task/*/stat";
    });
}


sub go_on { return kill 'CONT', $_[0]{pid} }


sub DESTROY {
    my ($self) = @_;
    local ($?, $@);

    return if $self->{test} != $$ || !$self->{pid};
    $self->go_on;
    $self->stop;
    return;
}

1;
