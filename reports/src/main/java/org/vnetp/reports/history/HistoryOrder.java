package org.vnetp.reports.history;

import java.util.Comparator;

/// The order of series: by name, numbers in it by their size.
final class HistoryOrder {
    static final Comparator<String> BY_NAME = HistoryOrder::compare;

    private HistoryOrder() {}

    private static int compare(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() && j < b.length()) {
            if (digit(a, i) && digit(b, j)) {
                int iEnd = end(a, i);
                int jEnd = end(b, j);
                String x = a.substring(i, iEnd).replaceFirst("^0+(?=.)", "");
                String y = b.substring(j, jEnd).replaceFirst("^0+(?=.)", "");
                int order = x.length() != y.length() ? Integer.compare(x.length(), y.length()) : x.compareTo(y);
                if (order != 0) {
                    return order;
                }
                i = iEnd;
                j = jEnd;
            } else {
                if (a.charAt(i) != b.charAt(j)) {
                    return Character.compare(a.charAt(i), b.charAt(j));
                }
                i++;
                j++;
            }
        }
        int rest = Integer.compare(a.length() - i, b.length() - j);
        return rest != 0 ? rest : a.compareTo(b);
    }

    private static boolean digit(String text, int at) {
        return text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    private static int end(String text, int at) {
        int end = at;
        while (end < text.length() && digit(text, end)) {
            end++;
        }
        return end;
    }
}
