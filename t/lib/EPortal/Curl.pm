# A browser for tests: curl, with cookies, which follows no redirect by itself
# and fills forms in. Cookies are kept here, because curl 7.88 reads its file
# again at the end and so revives what a site has deleted.
#
#   my $b = EPortal::Curl->new(ca => $file);
#   my $r = $b->get($url);              # { status, headers, content, url }
#   $r = $b->follow($r);                # redirects, until there is a page
#   $r = $b->submit($r, login => 'x');  # the first form of a page

package EPortal::Curl;

use strict;
use warnings;

use EPortal::Test ();
use File::Temp ();

sub new {
    my ($class, %o) = @_;
    my $dir = File::Temp->newdir('eportal-browser-XXXXXX', TMPDIR => 1);

    return bless { dir => $dir, cookies => {}, %o }, $class;
}


sub request {
    my ($self, $url, @args) = @_;
    my $cookies = $self->cookies_for($url);
    my @command = ('curl', '-sS', '-D', "$self->{dir}/head", '-o',
        "$self->{dir}/body", '--max-time', 60, '--noproxy', '*',
        $self->{ca} ? ('--cacert', $self->{ca}) : (),
        $cookies ne '' ? ('-H', "Cookie: $cookies") : (),
        (map { ('-H', $_) } @{ $self->{headers} || [] }), @args, $url);

    unlink "$self->{dir}/body";
    open(my $pipe, '-|', @command) or die "curl: $!\n";
    close($pipe);
    die "curl $url: exit " . ($? >> 8) . "\n" if $?;
    my @head = split /\r?\n/, slurp("$self->{dir}/head");
    my ($status) = (shift @head) =~ m{^HTTP/\S+ (\d+)};
    my %headers;
    for (@head) {
        push @{ $headers{ lc $1 } }, $2 if /^([^:]+):\s*(.*)$/;
    }
    $self->keep($url, $_) for @{ $headers{'set-cookie'} || [] };
    my $content = slurp("$self->{dir}/body");
    EPortal::Test::keeps_contract(method(@args),
        $url =~ s{^\w+://[^/?]+}{}r, { status => $status, content => $content,
            headers => { map { $_ => $headers{$_}[0] } keys %headers } });
    return { status => $status, headers => \%headers, url => $url,
        content => $content };
}


# Which method curl takes.
sub method {
    my (@args) = @_;
    my %has = map { $_ => 1 } @args;

    return $args[1 + (grep { $args[$_] eq '-X' } 0 .. $#args)[0]] if $has{'-X'};
    return !$has{'-G'} && grep({ /^--(?:data|json)/ } @args) ? 'POST' : 'GET';
}


sub host_of {
    my ($url) = @_;

    return ($url =~ m{^\w+://([^/:?]+)})[0];
}


# What is sent there: by host, path and, of what is secure, by https.
sub cookies_for {
    my ($self, $url) = @_;
    my ($path) = $url =~ m{^\w+://[^/?]+([^?]*)};
    my @found;

    for my $key (sort keys %{ $self->{cookies} }) {
        my $c = $self->{cookies}{$key};
        my $in = $path eq $c->{path} || $c->{path} =~ m{/\z}
            ? index($path, $c->{path}) == 0
            : index($path, "$c->{path}/") == 0;

        push @found, "$c->{name}=$c->{value}" if $c->{host} eq host_of($url)
            && $in && (!$c->{secure} || $url =~ /^https:/);
    }
    return join '; ', @found;
}


sub keep {
    my ($self, $url, $text) = @_;
    my ($pair, @attributes) = split /\s*;\s*/, $text;
    my ($name, $value) = split /=/, $pair, 2;
    my %a = map { /^([^=]*)(?:=(.*))?\z/ ? (lc $1 => $2 // 1) : () }
        @attributes;
    my %cookie = (name => $name, value => $value, host => host_of($url),
        path => $a{path} // '/', secure => $a{secure});
    my $key = "$cookie{host} $cookie{path} $name";

    $self->{cookies}{$key} = \%cookie;
    delete $self->{cookies}{$key}
        if defined $a{'max-age'} && $a{'max-age'} <= 0
        || ($a{expires} // '') =~ /\b1970\b/;
    return;
}


sub slurp {
    my ($path) = @_;

    open(my $fh, '<:raw', $path) or return '';
    local $/;
    return scalar(<$fh>) // '';
}


sub get {
    my ($self, $url) = @_;

    return $self->request($url);
}


# A form's fields are sorted, so that a request looks the same each time.
sub post {
    my ($self, $url, %fields) = @_;

    return $self->request($url,
        map { ('--data-urlencode', "$_=$fields{$_}") } sort keys %fields);
}


sub location {
    my ($r) = @_;
    my $to = ($r->{headers}{location} || [])->[0] // return;

    return $to if $to =~ m{^https?://};
    my ($base) = $r->{url} =~ m{^(https?://[^/]+)};
    return $base . $to;
}


# Follow redirects; until => a pattern of an address that is not fetched any
# more. Then the answer's location is that address.
sub follow {
    my ($self, $r, %o) = @_;

    for (1 .. 20) {
        my $to = location($r) // return $r;
        return $r if $o{until} && $to =~ $o{until};
        $r = $self->get($to);
    }
    die "too many redirects at $r->{url}\n";
}


# Send the page's form, with these fields beside its hidden ones.
sub submit {
    my ($self, $r, %fields) = @_;
    my ($action) = $r->{content} =~ /<form[^>]*\baction="([^"]+)"/
        or die "no form at $r->{url}:\n$r->{content}\n";

    while ($r->{content} =~ /<input([^>]*\btype="hidden"[^>]*)>/g) {
        my $input = $1;
        my ($name) = $input =~ /\bname="([^"]*)"/ or next;
        my ($value) = $input =~ /\bvalue="([^"]*)"/;
        $fields{$name} //= $value // '';
    }
    my ($base) = $r->{url} =~ m{^(https?://[^/]+)};
    return $self->post($action =~ /^http/ ? $action : $base . $action,
        %fields);
}


# The value of a cookie that some site set.
sub cookie {
    my ($self, $name) = @_;
    my ($found) = grep { $_->{name} eq $name } values %{ $self->{cookies} };

    return $found ? $found->{value} : undef;
}

1;
