# A browser at the portal's API: it keeps the session's cookie and sends the
# CSRF header with what changes something.
#
#   my $b = EPortal::Browser->new($t);
#   my $r = $b->login('admin', 'secret');    # { status, body, headers }
#   $r = $b->call(DELETE => 'tokens/' . $id);
#   $r = $b->call(POST => 'users/', { username => 'x' });   # JSON
package EPortal::Browser;

use strict;
use warnings;

use JSON::PP ();

my $API = '/admin/api';


sub new {
    my ($class, $t, %o) = @_;

    return bless { t => $t, headers => {}, %o }, $class;
}


# What the browser sends by itself.
sub headers {
    my ($self) = @_;
    my %headers = %{ $self->{headers} };

    $headers{Cookie} = "$self->{name}=$self->{cookie}"
        if defined $self->{cookie};
    $headers{'X-CSRF-Token'} = $self->{csrf} if defined $self->{csrf};
    return \%headers;
}


# { status, body (decoded), headers, content }. Options: headers (undef takes
# one away).
sub call {
    my ($self, $method, $path, $json, %o) = @_;
    my %headers = (%{ $self->headers }, %{ $o{headers} || {} });

    delete @headers{ grep { !defined $headers{$_} } keys %headers };
    $headers{'Content-Type'} = 'application/json' if $json;
    my $r = $self->{t}->request($method, "$API/$path", headers => \%headers,
        $json ? (content => JSON::PP::encode_json($json)) : ());
    $r->{body} = eval { JSON::PP::decode_json($r->{content}) } || {};
    return $r;
}


# Log in, and be logged in when that succeeds.
sub login {
    my ($self, $name, $password, %o) = @_;
    my $r = $self->call(POST => 'login',
        { username => $name, password => $password }, %o);

    $self->take($r) if $r->{status} == 200;
    return $r;
}


# Keep the cookie and the CSRF value of an answer.
sub take {
    my ($self, $r) = @_;

    @$self{qw(name cookie)} = ($r->{headers}{'set-cookie'} // '')
        =~ /\A([^=]+)=([^;]*)/;
    $self->{csrf} = $r->{body}{result}{csrf};
    return $r;
}


# The name of the user whose session it is; empty without one.
sub user {
    my ($self) = @_;

    my $user = $self->call(GET => 'session')->{body}{result}{user} or return '';
    return $user->{username};
}

1;
