package org.vnetp.overlay.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// HKDF with SHA-256 (RFC 5869), by the JDK.
final class Kdf {
    private static final String ALGORITHM = "HKDF-SHA256";

    private Kdf() {}

    /// HKDF-Expand.
    ///
    /// @param secret 32 random bytes
    static byte[] expand(byte[] secret, String info, int length) {
        return derive(HKDFParameterSpec.expandOnly(
                new SecretKeySpec(secret, "Generic"), info.getBytes(StandardCharsets.UTF_8), length));
    }

    /// HKDF-Extract and -Expand without info, as Noise's HKDF is (Noise, revision 34, section 4.3).
    ///
    /// @param material may be empty
    static byte[] derive(byte[] salt, byte[] material, int length) {
        return derive(
                HKDFParameterSpec.ofExtract().addSalt(salt).addIKM(material).thenExpand(new byte[0], length));
    }

    private static byte[] derive(HKDFParameterSpec parameters) {
        try {
            return KDF.getInstance(ALGORITHM).deriveData(parameters);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do " + ALGORITHM, e);
        }
    }
}
