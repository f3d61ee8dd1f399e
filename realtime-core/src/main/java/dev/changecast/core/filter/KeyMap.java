package dev.changecast.core.filter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A hash map from bytes, which may be looked up by a part of a larger array so that nothing is allocated. */
final class KeyMap<T> {
    private static final int LEAST_CAPACITY = 16;
    private static final long SEED = new SecureRandom().nextLong();
    private static final long FACTOR = 0x9E3779B97F4A7C15L;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private @Nullable Entry<T>[] table = table(LEAST_CAPACITY);
    private int size;

    int size() {
        return size;
    }

    @Nullable
    T get(byte[] bytes, int from, int to) {
        int hash = hash(bytes, from, to);
        for (Entry<T> entry = table[hash & table.length - 1]; entry != null; entry = entry.next) {
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, bytes, from, to)) {
                return entry.value;
            }
        }
        return null;
    }

    @Nullable
    T get(byte[] key) {
        return get(key, 0, key.length);
    }

    /** Puts a value for a key that has none. */
    void put(byte[] key, T value) {
        if (size >= table.length) {
            grow();
        }
        int hash = hash(key, 0, key.length);
        int slot = hash & table.length - 1;
        table[slot] = new Entry<>(key, hash, value, table[slot]);
        size++;
    }

    void remove(byte[] key) {
        int slot = hash(key, 0, key.length) & table.length - 1;
        Entry<T> before = null;
        for (Entry<T> entry = table[slot]; entry != null; entry = entry.next) {
            if (Arrays.equals(entry.key, key)) {
                if (before == null) {
                    table[slot] = entry.next;
                } else {
                    before.next = entry.next;
                }
                size--;
                return;
            }
            before = entry;
        }
    }

    private void grow() {
        @Nullable Entry<T>[] larger = table(table.length * 2);
        for (Entry<T> first : table) {
            Entry<T> entry = first;
            while (entry != null) {
                Entry<T> next = entry.next;
                int slot = entry.hash & larger.length - 1;
                entry.next = larger[slot];
                larger[slot] = entry;
                entry = next;
            }
        }
        table = larger;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> @Nullable Entry<T>[] table(int capacity) {
        return new Entry[capacity];
    }

    /** Eight bytes at a time, each folded by a product; the seed keeps clients from choosing keys that collide. */
    private static int hash(byte[] bytes, int from, int to) {
        long hash = SEED + to - from;
        int i = from;
        for (; to - i >= Long.BYTES; i += Long.BYTES) {
            hash = fold(hash ^ (long) LONGS.get(bytes, i));
        }
        long rest = 0;
        for (; i < to; i++) {
            rest = rest << 8 | bytes[i] & 0xFF;
        }
        return (int) fold(hash ^ rest);
    }

    private static long fold(long number) {
        return Math.multiplyHigh(number, FACTOR) ^ number * FACTOR;
    }

    private static final class Entry<T> {
        final byte[] key;
        final int hash;
        final T value;

        @Nullable
        Entry<T> next;

        Entry(byte[] key, int hash, T value, @Nullable Entry<T> next) {
            this.key = key;
            this.hash = hash;
            this.value = value;
            this.next = next;
        }
    }
}
