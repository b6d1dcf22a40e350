# Clients.pm - how public clients read what the portal answers, as
# strictly as they do: each function dies where the client would give up.
package Clients;

use strict;
use warnings;

use B qw(svref_2object SVp_IOK SVp_NOK SVp_POK);
use Exporter qw(import);
use JSON::PP;

our @EXPORT_OK = qw(answer_of compat_code qualys_rows qualys_host_rows
    qualys_cves qualys_level nexpose_cves nagios_counters key_values envelope
    build_ids libcare_patch);

# {status, headers, body} of the bytes of an answer.
sub answer_of
{
    my ($bytes) = @_;
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.[01] (\d{3})}
        or die "not HTTP: $bytes\n";
    my %headers = map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () }
        split /\r\n/, $head;

    die "chunked, which HTTP/1.0 clients do not read\n"
        if exists $headers{'transfer-encoding'};
    return { status => $status, headers => \%headers, body => $body };
}

# Exit code of the compatibility checker: 0 supported, 1 needs review, 3 no
# connection.
sub compat_code
{
    my ($answer) = @_;

    return 0 if $answer->{status} == 200;
    return 1 if $answer->{status} == 404;
    return 3;
}

# A JSON number, as opposed to a string or null: Python's `level <= 0` raises
# for anything else.
sub is_number
{
    my ($value) = @_;
    return 0 if !defined $value || ref $value;
    my $flags = svref_2object(\$value)->FLAGS;

    return $flags & (SVp_IOK | SVp_NOK) && !($flags & SVp_POK);
}

# patchset/<KEY>: rows of exactly (ip, kernel_id, patch_level), without those
# that run no patch.
sub qualys_rows
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;
    my $data = decode_json($answer->{body})->{data};
    my @rows;

    for my $row (@$data) {
        die "a row has " . @$row . " columns\n" if @$row != 3;
        my ($ip, $kernel_id, $level) = @$row;
        die "ip is no text\n" if !defined $ip || ref $ip;
        die "patch_level is no number\n" if !is_number($level);
        push @rows, [$ip, $kernel_id, $level] if $level > 0;
    }
    return @rows;
}

# patchset.json: a list of objects that become keyword arguments.
sub qualys_host_rows
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;
    my $list = decode_json($answer->{body});

    for my $row (@$list) {
        my $names = join ' ', sort keys %$row;
        die "unexpected arguments: $names\n"
            if $names ne 'host ip kernel_id patch_level';
        die "patch_level is no number\n" if !is_number($row->{patch_level});
    }
    return @$list;
}

# kpatch.info: words of the lines that begin with "kpatch-cve: ".
sub qualys_cves
{
    my ($answer) = @_;
    return if $answer->{status} == 404;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;
    my %seen;

    for my $line (split /\n/, $answer->{body}) {
        next if index($line, 'kpatch-cve: ') != 0;
        for my $word (split ' ', substr($line, length 'kpatch-cve: ')) {
            $word =~ s/,+$//;
            $seen{$word} = 1 if index($word, 'CVE-') == 0;
        }
    }
    return sort keys %seen;
}

# latest.v2: int(text).
sub qualys_level
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;
    die "no number: $answer->{body}\n" if $answer->{body} !~ /^\s*\d+\s*$/;
    return 0 + $answer->{body};
}

# kpatch.info: anything that looks like a CVE; any HTTP error ends the run.
sub nexpose_cves
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} >= 400;
    my %seen = map { $_ => 1 } $answer->{body} =~ /(CVE-\d{4}-\d{4,15})/g;

    return sort keys %seen;
}

# nagios/<KEY>: the counters behind the bar of the first line.
sub nagios_counters
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} >= 400;
    my ($first) = split /\n/, $answer->{body};
    my @parts = split /\|/, $first;
    my %counter;

    die "$first\n" if $first =~ /not found/i;
    for my $pair (split /;/, $parts[-1], -1) {
        my ($name, $value, @more) = split /=/, $pair, -1;
        die "Invalid Response: $first\n"
            if @more || !defined $value || $value !~ /^\d+$/;
        $counter{$name} = $value;
    }
    return \%counter;
}

# *.plain: "key:value" lines, split at the first colon.
sub key_values
{
    my ($answer) = @_;

    return { map { split /:/, $_, 2 } grep { /:/ }
            split /\r?\n/, $answer->{body} };
}

# *.json of the registration: its envelope, as {success, message, data}.
sub envelope
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;
    my $value = decode_json($answer->{body});

    die "success is no boolean\n" if !JSON::PP::is_bool($value->{success});
    die "message: $value->{message}\n" if !$value->{success};
    return $value;
}

# libcare-patches.json: the library checker looks at the names alone.
sub build_ids
{
    my ($answer) = @_;
    die "HTTP $answer->{status}\n" if $answer->{status} != 200;

    return sort keys %{ decode_json($answer->{body}) };
}

# kpatch.tgz unpacked in DIR, as libcare looks for a library's patch there:
# (level, file); nothing when there is none.
sub libcare_patch
{
    my ($dir, $build_id) = @_;
    my $level = readlink "$dir/$build_id/latest" or return;
    my $path = "$dir/$build_id/latest/kpatch.bin";

    die "latest is too long\n" if length $level >= 32;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $patch = <$file>;
    die "bad magic\n" if substr($patch, 0, 7) ne 'KPATCH1';
    my $size = unpack 'L<', substr $patch, 360, 4;
    die "total_size is $size\n" if $size != length $patch;
    return ($level, $path);
}

1;
