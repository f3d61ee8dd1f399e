package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberKeysTest {
    @Test
    void everyDoubleIsReadToTheLastBit() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            double number = i % 2 == 0
                    ? Double.longBitsToDouble(random.nextLong())
                    : random.nextInt(1_000_000_000) / Math.pow(10, random.nextInt(12));
            if (Double.isFinite(number)) {
                String text = i % 3 == 0 ? new BigDecimal(number + "").toPlainString() : number + "";
                assertThat(real(text)).as(text).isEqualTo(key(number));
            }
        }
        assertThat(real("0.30000000000000004")).isEqualTo(key(0.1 + 0.2)).isNotEqualTo(key(0.3));
    }

    @Test
    void everyFloatIsReadToTheLastBit() {
        Random random = new Random(6);
        for (int i = 0; i < 100_000; i++) {
            float number = i % 2 == 0
                    ? Float.intBitsToFloat(random.nextInt())
                    : random.nextInt(100_000_000) / (float) Math.pow(10, random.nextInt(9));
            if (Float.isFinite(number)) {
                String text = i % 3 == 0 ? new BigDecimal(number + "").toPlainString() : number + "";
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                KeyBuffer key = new KeyBuffer(8);
                assertThat(NumberKeys.single(bytes, 0, bytes.length, key)).isTrue();
                assertThat(key.copy()).as(text).isEqualTo(key(number));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1f", " 1", "1 ", "nan", "1.5.5", "--1", "1-1"})
    void whatIsNoNumberHasNoKey(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(NumberKeys.real(bytes, 0, bytes.length, new KeyBuffer(8))).isFalse();
        assertThat(NumberKeys.single(bytes, 0, bytes.length, new KeyBuffer(8))).isFalse();
        assertThat(NumberKeys.integer(bytes, 0, bytes.length, new KeyBuffer(8))).isFalse();
        assertThat(DecimalKey.encode(bytes, 0, bytes.length, new KeyBuffer(8))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "-9223372036854775809", "99999999999999999999", "1.0", "1e3"})
    void whatIsNoWholeNumberOf64BitsHasNoKeyAsOne(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(NumberKeys.integer(bytes, 0, bytes.length, new KeyBuffer(8))).isFalse();
    }

    private static byte[] real(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        KeyBuffer key = new KeyBuffer(8);
        assertThat(NumberKeys.real(bytes, 0, bytes.length, key)).isTrue();
        return key.copy();
    }

    private static byte[] key(double number) {
        KeyBuffer key = new KeyBuffer(8);
        NumberKeys.put(number, key);
        return key.copy();
    }
}
