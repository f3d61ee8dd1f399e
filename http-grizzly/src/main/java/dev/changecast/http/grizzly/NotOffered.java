package dev.changecast.http.grizzly;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;

/** Stands for what servlets may ask of a container and this port does not have: each call says so. */
final class NotOffered {
    static final HttpServletRequest REQUEST = of(HttpServletRequest.class);
    static final HttpServletResponse RESPONSE = of(HttpServletResponse.class);
    static final ServletContext CONTEXT = of(ServletContext.class);

    private NotOffered() {}

    private static <T> T of(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                NotOffered.class.getClassLoader(), new Class<?>[] {type}, (self, method, with) -> {
                    throw new UnsupportedOperationException(
                            "this port hosts asynchronous servlets that answer by themselves; it has no "
                                    + type.getSimpleName() + "." + method.getName());
                }));
    }
}
