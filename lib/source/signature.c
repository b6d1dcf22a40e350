/* Ed25519 signatures and SHA-256 of files: see source/index.h. */

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/decode.h"
#include "base/file.h"
#include "source/index.h"

#define SIGNATURE_SIZE 64
#define TEXT_MAX 512 /* base64 of a key or a signature */
#define BLOCK (256 * 1024)


static void
key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}


static void
md_free(EVP_MD_CTX **md)
{
    EVP_MD_CTX_free(*md);
}


static EVP_PKEY *
public_key_of(const char *base64)
{
    char der[TEXT_MAX];
    const unsigned char *p = (const unsigned char *) der;
    EVP_PKEY *key = NULL;
    size_t n;

    if (strlen(base64) <= TEXT_MAX && ep_base64_decode(ep_str(base64), der, &n))
    {
        key = d2i_PUBKEY(NULL, &p, (long) n);
    }
    if (key != NULL && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}


ep_rc_t
ep_signature_verify(const char *public_key, ep_str_t text, ep_str_t signature,
                    ep_err_t *err)
{
    EP_CLEANUP(key_free) EVP_PKEY *key = public_key_of(public_key);
    EP_CLEANUP(md_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
    char raw[TEXT_MAX];
    size_t n = 0;

    if (key == NULL) {
        return ep_err_set(err, EP_EINVAL, "source-signature",
                          "PATCH_SOURCE_PUBLIC_KEY is no Ed25519 key: it is "
                          "the line that `kc.eportal source publish --key` "
                          "prints");
    }
    if (signature.n > TEXT_MAX || !ep_base64_decode(signature, raw, &n)
        || n != SIGNATURE_SIZE || md == NULL
        || EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) != 1
        || EVP_DigestVerify(md, (const unsigned char *) raw, n,
                            (const unsigned char *) text.p, text.n)
               != 1)
    {
        return ep_err_set(err, EP_EINVAL, "source-signature",
                          "the index is not signed with the key of "
                          "PATCH_SOURCE_PUBLIC_KEY: nothing of it is "
                          "believed. Ask who runs the source for its key");
    }
    return EP_OK;
}


/* Base64 of n bytes, which fit. */
static void
encode(const unsigned char *p, size_t n, char out[TEXT_MAX])
{
    EVP_EncodeBlock((unsigned char *) out, p, (int) n);
}


static bool
encode_public(EVP_PKEY *key, char out[128])
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    char text[TEXT_MAX];
    bool good = n > 0 && n < 90;

    if (good) {
        encode(der, (size_t) n, text);
        good = ep_str_copy(ep_str(text), out, 128);
    }
    OPENSSL_free(der);
    return good;
}


ep_rc_t
ep_signature_make(ep_str_t pem, ep_str_t text, ep_buf_t *signature,
                  char public_key[128], ep_err_t *err)
{
    EP_CLEANUP(md_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
    EP_CLEANUP(key_free) EVP_PKEY *key = NULL;
    BIO *bio = BIO_new_mem_buf(pem.p, (int) pem.n);
    unsigned char raw[SIGNATURE_SIZE];
    size_t n = sizeof(raw);
    char base64[TEXT_MAX];
    char passphrase[] = ""; /* never ask on the terminal */

    if (bio != NULL) {
        key = PEM_read_bio_PrivateKey(bio, NULL, NULL, passphrase);
        BIO_free(bio);
    }
    if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        return ep_err_set(err, EP_EINVAL, "bad-key",
                          "that is no Ed25519 key in PEM: `openssl genpkey "
                          "-algorithm ed25519` makes one");
    }
    if (md == NULL || EVP_DigestSignInit(md, NULL, NULL, NULL, key) != 1
        || EVP_DigestSign(md, raw, &n, (const unsigned char *) text.p, text.n)
               != 1
        || !encode_public(key, public_key))
    {
        return ep_err_set(err, EP_EINTERNAL, "sign", "cannot sign the index");
    }
    encode(raw, n, base64);
    return ep_buf_addf(signature, "%s\n", base64) == EP_OK
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


ep_rc_t
ep_file_sha256(int fd, uint8_t out[EP_SHA256_SIZE], ep_err_t *err)
{
    EP_CLEANUP(md_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
    char *block = malloc(BLOCK);
    off_t at = 0;
    ssize_t n = 0;

    if (md == NULL || block == NULL
        || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
    {
        free(block);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    while ((n = pread(fd, block, BLOCK, at)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            EVP_DigestUpdate(md, block, (size_t) n);
            at += n;
        }
    }
    free(block);
    if (n < 0) {
        return ep_err_errno(err, "file-read", "cannot read an archive");
    }
    EVP_DigestFinal_ex(md, out, NULL);
    return EP_OK;
}
