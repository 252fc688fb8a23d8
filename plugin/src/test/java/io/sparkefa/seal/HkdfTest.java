package io.sparkefa.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Against the test vectors of RFC 5869, appendix A, those for SHA-256. */
class HkdfTest {

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] from(int first, int last) {
        byte[] bytes = new byte[last - first + 1];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }

    private static void check(byte[] secret, byte[] salt, byte[] info, String key, String output) {
        assertThat(Hkdf.extract(salt, secret)).isEqualTo(bytes(key));
        assertThat(Hkdf.expand(bytes(key), info, bytes(output).length)).isEqualTo(bytes(output));
    }

    @Test
    void theFirstVector() {
        check(
                bytes("0b".repeat(22)),
                from(0x00, 0x0c),
                from(0xf0, 0xf9),
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    }

    @Test
    void theSecondVectorIsLong() {
        check(
                from(0x00, 0x4f),
                from(0x60, 0xaf),
                from(0xb0, 0xff),
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                        + "cc30c58179ec3e87c14c01d5c1f3434f1d87");
    }

    /** The RFC's empty salt is one of zeros. */
    @Test
    void theThirdVectorHasNoInfo() {
        check(
                bytes("0b".repeat(22)),
                new byte[32],
                new byte[0],
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    }

    @Test
    void thereIsAnEnd() {
        assertThat(Hkdf.expand(new byte[32], new byte[0], 255 * 32)).hasSize(255 * 32);
        assertThatThrownBy(() -> Hkdf.expand(new byte[32], new byte[0], 255 * 32 + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Hkdf.expand(new byte[32], new byte[0], 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
