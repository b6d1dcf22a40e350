# The contract lib/http/openapi.yaml as tests use it: which operation a
# request is, and whether an answer is what it promises.
package EPortal::OpenAPI;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use JSON::PP ();

our @EXPORT_OK = qw(document operations operation_of check_answer);

my $ROOT = abs_path(dirname(__FILE__) . '/../../..');
my ($document, @operations, %validators);


# The document; one hash for all.
sub document {
    require YAML::PP;
    return $document ||= YAML::PP->new(boolean => 'JSON::PP')
        ->load_file("$ROOT/lib/http/openapi.yaml");
}


# ({ path, method, id, operation }, ...): longer literal paths first, as a
# path may fit several.
sub operations {
    return @operations if @operations;
    my $paths = document()->{paths};

    for my $path (sort { literal($b) <=> literal($a) || $a cmp $b }
        keys %$paths)
    {
        my $pattern = join '[^/]+', map { quotemeta } split /\{\w+\}/, $path, -1;

        for my $method (qw(get head post put delete patch)) {
            my $operation = $paths->{$path}{$method} or next;
            push @operations, { path => $path, method => uc $method,
                id => $operation->{'x-route'}, operation => $operation,
                pattern => qr{\A$pattern/?\z} };
        }
    }
    return @operations;
}


sub literal {
    my ($path) = @_;
    return length($path =~ s/\{\w+\}//gr);
}


# The operation of a request to the management API; undef for any other.
sub operation_of {
    my ($method, $path) = @_;

    $path =~ s/\?.*//s;
    $path =~ s{\A/api/kcare/}{/admin/api/kcare/};
    return undef if $path !~ m{\A/(admin/|metrics|healthz|readyz)}
        || $path =~ m{\A/admin/assets/};
    # {page} may have slashes.
    $path = '/admin/page' if $path =~ m{\A/admin/(?!api/|sso/).};
    for my $operation (operations()) {
        return $operation if $operation->{method} eq $method
            && $path =~ $operation->{pattern};
    }
    return undef;
}


sub resolve {
    my ($node) = @_;

    while (ref $node eq 'HASH' && $node->{'$ref'}) {
        my $at = document();
        $at = $at->{$_} for split m{/}, $node->{'$ref'} =~ s{^#/}{}r;
        $node = $at;
    }
    return $node;
}


# What is wrong with an answer: () when it is as promised.
sub check_answer {
    my ($operation, $answer) = @_;
    my $responses = $operation->{operation}{responses};
    my $status = $answer->{status};
    my $response = resolve($responses->{$status} || $responses->{default});
    my $type = ($answer->{headers}{'content-type'} // '') =~ s/;.*//r;

    return "$status is not promised" if !$response;
    return () if ($answer->{content} // '') eq '' || $type eq '';
    my $content = $response->{content}{$type}
        or return "$status as $type is not promised";
    return () if $type ne 'application/json';
    my $body = eval { JSON::PP->new->allow_nonref->decode($answer->{content}) };
    return "$status is not JSON: $@" if $@;
    my $kind = $responses->{$status} ? $status : 'default';
    my $validator = $validators{"$operation->{id} $kind"} ||=
        validator($content->{schema});
    return map { "$_" } $validator->validate($body);
}


sub validator {
    my ($schema) = @_;

    require JSON::Validator;
    # Schemas refer to each other inside the document.
    return JSON::Validator->new->schema({
        '$schema' => 'https://json-schema.org/draft/2019-09/schema',
        components => document()->{components},
        %$schema,
    });
}

1;
