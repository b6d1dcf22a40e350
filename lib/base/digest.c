/* Digests, by OpenSSL: see base/digest.h. */

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"


ep_rc_t
ep_sha256(ep_str_t label, ep_str_t text, uint8_t out[EP_SHA256_SIZE],
          ep_err_t *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1
              && EVP_DigestUpdate(md, label.p, label.n) == 1
              && EVP_DigestUpdate(md, text.p, text.n) == 1
              && EVP_DigestFinal_ex(md, out, NULL) == 1;

    EVP_MD_CTX_free(md);
    return ok ? EP_OK
              : ep_err_set(err, EP_EINTERNAL, "digest",
                           "OpenSSL cannot make a digest");
}


ep_rc_t
ep_hmac_sha256(ep_str_t key, ep_str_t text, uint8_t out[EP_SHA256_SIZE],
               ep_err_t *err)
{
    if (HMAC(EVP_sha256(), key.p, (int) key.n, (const uint8_t *) text.p, text.n,
             out, NULL)
        == NULL)
    {
        return ep_err_set(err, EP_EINTERNAL, "digest",
                          "OpenSSL cannot make a digest");
    }
    return EP_OK;
}
