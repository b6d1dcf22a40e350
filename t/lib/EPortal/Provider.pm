# OpenID providers for tests: a real one (t/oidc/provider.mjs), and one that
# lies, whose answers are files of the test.

package EPortal::Provider;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);

use EPortal::Upstream qw(background connects free_port temp_dir tls_files);

our @EXPORT_OK = qw(callback_of id_token params_of sign_in start_liar
    start_provider);

my $OIDC = abs_path(dirname(__FILE__) . '/../../oidc');


sub spew {
    my ($path, $text) = @_;

    open(my $fh, '>:raw', "$path.new") or die "$path: $!\n";
    print {$fh} $text or die "$path: $!\n";
    close($fh) or die "$path: $!\n";
    rename("$path.new", $path) or die "$path: $!\n";
    return;
}


# For the portals at these addresses. Users are { subject => claims }.
sub start_provider {
    my (%o) = @_;
    my $dir = temp_dir();
    my $port = free_port();
    my ($ca, $cert, $key) = tls_files();
    my $self = bless { dir => $dir, port => $port, ca => $ca,
        issuer => "https://localhost:$port", id => 'eportal',
        secret => 'a secret: +%~ and so on', log => "$dir/log" },
        __PACKAGE__;

    $self->users(%{ $o{users} });
    spew("$dir/options", JSON::PP->new->utf8->canonical->encode({
        issuer => $self->{issuer}, port => $port, key => $key,
        cert => $cert, users => "$dir/users",
        clients => [{
            client_id => $self->{id}, client_secret => $self->{secret},
            redirect_uris =>
                [map { "$_/admin/sso/login/callback" } @{ $o{portals} }],
            post_logout_redirect_uris =>
                [map { ("$_/admin/login", "$_/admin") } @{ $o{portals} }],
        }],
    }));
    $self->{pid} = background($self->{log}, 'node', "$OIDC/provider.mjs",
        "$dir/options");
    connects('127.0.0.1', $port, $self->{log});
    return $self;
}


# Change what the provider says of its users.
sub users {
    my ($self, %users) = @_;

    spew("$self->{dir}/users", JSON::PP->new->utf8->canonical->encode(\%users));
    return;
}


# The portal's settings for it.
sub settings {
    my ($self) = @_;

    return (
        OIDC_AUTH_URL => "'$self->{issuer}/auth'",
        OIDC_TOKEN_URL => "'$self->{issuer}/token'",
        OIDC_USERINFO_URL => "'$self->{issuer}/me'",
        OIDC_LOGOUT_URL => "'$self->{issuer}/session/end'",
        OIDC_CLIENT_ID => "'$self->{id}'",
        OIDC_CLIENT_SECRET => "'$self->{secret}'",
        OIDC_CA_FILE => "'$self->{ca}'",
    );
}


# Go through the provider's pages: login, then consent if it is asked for.
# The answer is the redirect to the portal's callback, which is not followed.
# next => path, deny => at 'login' or 'consent'.
sub sign_in {
    my ($browser, $portal, $login, %o) = @_;
    my $until = qr{/admin/sso/login/callback};
    my $query = $o{next} ? "?next=$o{next}" : '';
    my $r = $browser->get("$portal/admin/sso/login$query");

    for my $page (1 .. 4) {
        $r = $browser->follow($r, until => $until);
        return $r if $r->{status} =~ /^30/;
        my $kind = $r->{content} =~ /name="login"/ ? 'login' : 'consent';
        if (($o{deny} // '') eq $kind) {
            my ($abort) = $r->{content} =~ /href="([^"]*abort)"/
                or die "no way to cancel:\n$r->{content}\n";
            my ($base) = $r->{url} =~ m{^(https?://[^/]+)};
            $r = $browser->get($abort =~ /^http/ ? $abort : $base . $abort);
        } else {
            $r = $browser->submit($r, $kind eq 'login'
                ? (login => $login, password => 'any') : ());
        }
    }
    die "signing in does not end, at $r->{url}:\n$r->{content}\n";
}


# The address that a redirect goes to.
sub callback_of {
    my ($r) = @_;

    return EPortal::Curl::location($r);
}


# Parameters of an address, decoded.
sub params_of {
    my ($url) = @_;
    my ($query) = ($url // '') =~ /\?([^#]*)/;
    my %params;

    for (split /&/, $query // '') {
        my ($name, $value) = split /=/, $_, 2;
        $value //= '';
        $value =~ tr/+/ /;
        $value =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
        $params{$name} = $value;
    }
    return %params;
}


# An unsigned ID token.
sub id_token {
    my ($claims) = @_;

    return join '.', map { encode_base64url($_) }
        '{"alg":"RS256"}', JSON::PP->new->utf8->canonical->encode($claims), 'x';
}


# A server that answers POST with the file "token" and GET with "userinfo",
# both whole answers of HTTP; asked, it writes down what came.
sub start_liar {
    my $dir = temp_dir();
    my $server = IO::Socket::INET->new(Listen => 16, ReuseAddr => 1,
        LocalAddr => '127.0.0.1') or die "listen: $!\n";
    my $port = $server->sockport;

    spew("$dir/$_", '') for qw(asked token userinfo);
    my $pid = background("$dir/log", sub {
        $SIG{PIPE} = 'IGNORE';
        while (my $client = $server->accept) {
            my ($head, $body, $length) = ('', '', 0);

            while (defined(my $line = <$client>)) {
                $head .= $line;
                $length = $1 if $line =~ /^Content-Length: (\d+)/i;
                last if $line !~ /\S/;
            }
            read($client, $body, $length) if $length;
            open(my $asked, '>>', "$dir/asked");
            print {$asked} "$head$body\n";
            close($asked);
            my $file = $head =~ /^POST/ ? 'token' : 'userinfo';
            open(my $fh, '<:raw', "$dir/$file");
            local $/;
            print {$client} scalar <$fh>;
            close($client);
        }
    });
    return bless { dir => $dir, port => $port, pid => $pid,
        url => "http://127.0.0.1:$port" }, 'EPortal::Provider::Liar';
}


# What it answers from now on: a hash as JSON, or a body; status and type.
sub EPortal::Provider::Liar::answer {
    my ($self, $what, $body, %o) = @_;
    my $status = $o{status} // 200;

    $body = JSON::PP->new->utf8->canonical->encode($body)
        if ref $body;
    spew("$self->{dir}/$what", "HTTP/1.1 $status So\r\nContent-Type: "
        . ($o{type} // 'application/json') . "\r\nContent-Length: "
        . length($body) . "\r\n" . ($o{headers} // '')
        . "Connection: close\r\n\r\n$body");
    return;
}


sub EPortal::Provider::Liar::asked {
    my ($self) = @_;

    open(my $fh, '<:raw', "$self->{dir}/asked") or return '';
    local $/;
    return scalar <$fh>;
}


sub EPortal::Provider::Liar::settings {
    my ($self) = @_;

    return (
        OIDC_AUTH_URL => "'$self->{url}/auth?tenant=1'",
        OIDC_TOKEN_URL => "'$self->{url}/token'",
        OIDC_USERINFO_URL => "'$self->{url}/me'",
        OIDC_CLIENT_ID => "'portal'",
        OIDC_CLIENT_SECRET => "'secret'",
    );
}

1;
