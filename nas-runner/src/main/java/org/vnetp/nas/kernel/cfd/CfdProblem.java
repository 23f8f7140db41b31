package org.vnetp.nas.kernel.cfd;

import java.util.List;
import java.util.Locale;
import org.vnetp.nas.kernel.ProblemClass;

/// What a class means for one of the three kernels, and the official values a run is verified against:
/// norms of the right-hand side and of the error, and for LU the surface integral (NaN for the others).
@SuppressWarnings("ArrayRecordComponent") // Constants of this package, never compared.
record CfdProblem(int size, int iterations, double dt, double[] residual, double[] error, double integral) {
    private static final double EPSILON = 1e-8;

    static CfdProblem of(String kernel, ProblemClass problemClass) {
        return switch (kernel) {
            case "BT" -> bt(problemClass);
            case "SP" -> sp(problemClass);
            case "LU" -> lu(problemClass);
            default -> throw new IllegalArgumentException(kernel);
        };
    }

    /// Compares with the official values; a value that is no number fails.
    ///
    /// @param lines gets the comparison in NPB's words
    boolean verify(
            ProblemClass problemClass,
            double[] residualNorms,
            double[] errorNorms,
            double surface,
            List<String> lines) {
        lines.add(" Verification being performed for class " + problemClass);
        lines.add(text(" Accuracy setting for epsilon = %20.13E", EPSILON));
        lines.add(" Comparison of RMS-norms of residual");
        boolean good = compare(residualNorms, residual, lines);
        lines.add(" Comparison of RMS-norms of solution error");
        good &= compare(errorNorms, error, lines);
        if (!Double.isNaN(integral)) {
            lines.add(" Comparison of surface integral");
            boolean near = near(surface, integral);
            lines.add(text(near ? "          %21.13E%21.13E" : " FAILURE: %21.13E%21.13E", surface, integral));
            good &= near;
        }
        lines.add(good ? " Verification Successful" : " Verification failed");
        return good;
    }

    private static boolean compare(double[] values, double[] expected, List<String> lines) {
        boolean good = true;
        for (int m = 0; m < 5; m++) {
            boolean near = near(values[m], expected[m]);
            good &= near;
            lines.add(text(
                    near ? "          %2d%21.13E%21.13E%21.13E" : " FAILURE: %2d%21.13E%21.13E%21.13E",
                    m + 1,
                    values[m],
                    expected[m],
                    Math.abs((values[m] - expected[m]) / expected[m])));
        }
        return good;
    }

    private static boolean near(double value, double expected) {
        return Math.abs((value - expected) / expected) <= EPSILON;
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static CfdProblem bt(ProblemClass problemClass) {
        return switch (problemClass) {
            case S ->
                new CfdProblem(
                        12,
                        60,
                        0.01,
                        new double[] {
                            0.17034283709541312,
                            0.012975252070034096,
                            0.032527926989486054,
                            0.0264364212751668,
                            0.1921178413174443
                        },
                        new double[] {
                            0.0004997691334581158,
                            4.519566678296193e-05,
                            7.397376517292135e-05,
                            7.382123863243973e-05,
                            0.0008926963098749145
                        },
                        Double.NaN);
            case W ->
                new CfdProblem(
                        24,
                        200,
                        0.0008,
                        new double[] {112.5590409344, 11.80007595731, 27.10329767846, 24.69174937669, 263.8427874317},
                        new double[] {4.419655736008, 0.4638531260002, 1.011551749967, 0.9235878729944, 10.18045837718},
                        Double.NaN);
            case A ->
                new CfdProblem(
                        64,
                        200,
                        0.0008,
                        new double[] {
                            108.06346714637264,
                            11.319730901220813,
                            25.974354511582465,
                            23.66562254467891,
                            252.78963211748345
                        },
                        new double[] {
                            4.2348416040525025,
                            0.443902824969957,
                            0.9669248013634565,
                            0.8830206303976548,
                            9.737990177082928
                        },
                        Double.NaN);
            case B ->
                new CfdProblem(
                        102,
                        200,
                        0.0003,
                        new double[] {
                            1423.3597229287254,
                            99.33052259015024,
                            356.46025644535285,
                            324.8544795908409,
                            3270.7541254659363
                        },
                        new double[] {
                            52.96984714093686,
                            4.463289611567067,
                            13.122573342210174,
                            12.006925323559145,
                            124.59576151035986
                        },
                        Double.NaN);
            case C ->
                new CfdProblem(
                        162,
                        200,
                        0.0001,
                        new double[] {
                            6239.8116551764615,
                            507.93239190423964,
                            1542.3530093013596,
                            1330.238792929119,
                            11604.087428436455
                        },
                        new double[] {
                            164.62008369091265,
                            11.497107903824313,
                            41.20744620746151,
                            37.08765105969417,
                            362.11053051841265
                        },
                        Double.NaN);
            case D ->
                new CfdProblem(
                        408,
                        250,
                        2e-05,
                        new double[] {25331.88551738, 2346.39371698, 6294.554366904, 5352.56537603, 39058.64038618},
                        new double[] {310.0009377557, 24.24086324913, 77.82212022645, 68.35623860116, 606.5737200368},
                        Double.NaN);
            case E ->
                new CfdProblem(
                        1020,
                        250,
                        4e-06,
                        new double[] {97953.72484517, 9739.814511521, 24676.06342965, 20924.1957286, 139213.8856939},
                        new double[] {432.7562208414, 36.99051964887, 108.9845040954, 94.62517622043, 776.5512765309},
                        Double.NaN);
            case F ->
                new CfdProblem(
                        2560,
                        250,
                        6e-07,
                        new double[] {424073.5175585, 43487.01133212, 107811.4688845, 91421.60938556, 587984.2143431},
                        new double[] {509.5577042351, 45.57065541652, 128.6632140581, 111.1419378722, 872.0011709356},
                        Double.NaN);
        };
    }

    private static CfdProblem sp(ProblemClass problemClass) {
        return switch (problemClass) {
            case S ->
                new CfdProblem(
                        12,
                        100,
                        0.015,
                        new double[] {
                            0.02747031545133948,
                            0.010360746705285417,
                            0.016235745065095532,
                            0.015840557224455615,
                            0.03484904060936246
                        },
                        new double[] {
                            2.7289258557377225e-05,
                            1.0364446640837285e-05,
                            1.615479828716647e-05,
                            1.57507049944801e-05,
                            3.417766618339053e-05
                        },
                        Double.NaN);
            case W ->
                new CfdProblem(
                        36,
                        400,
                        0.0015,
                        new double[] {
                            0.001893253733584,
                            0.0001717075447775,
                            0.0002778153350936,
                            0.0002887475409984,
                            0.003143611161242
                        },
                        new double[] {
                            7.542088599534e-05,
                            6.512852253086e-06,
                            1.049092285688e-05,
                            1.128838671535e-05,
                            0.0001212845639773
                        },
                        Double.NaN);
            case A ->
                new CfdProblem(
                        64,
                        400,
                        0.0015,
                        new double[] {
                            2.4799822399300195,
                            1.1276337964368832,
                            1.5028977888770492,
                            1.421781621169518,
                            2.129211303513828
                        },
                        new double[] {
                            0.0001090014029782055,
                            3.734395176928209e-05,
                            5.009278540654163e-05,
                            4.767109393952825e-05,
                            0.00013621613399213
                        },
                        Double.NaN);
            case B ->
                new CfdProblem(
                        102,
                        400,
                        0.001,
                        new double[] {69.03293579998, 30.95134488084, 41.03336647017, 38.64769009604, 56.43482272596},
                        new double[] {
                            0.009810006190188, 0.00102282790567, 0.001720597911692, 0.001694479428231, 0.01847456263981
                        },
                        Double.NaN);
            case C ->
                new CfdProblem(
                        162,
                        400,
                        0.00067,
                        new double[] {588.1691581829, 245.4417603569, 329.3829191851, 308.1924971891, 459.7223799176},
                        new double[] {
                            0.2598120500183, 0.02590888922315, 0.0513288641632, 0.04806073419454, 0.5483377491301
                        },
                        Double.NaN);
            case D ->
                new CfdProblem(
                        408,
                        500,
                        0.0003,
                        new double[] {10446.96216887, 3204.427762578, 4648.680733032, 4238.923283697, 7588.412036136},
                        new double[] {5.089471423669, 0.5323514855894, 1.187051008971, 1.083734951938, 11.64108338568},
                        Double.NaN);
            case E ->
                new CfdProblem(
                        1020,
                        500,
                        0.0001,
                        new double[] {62553.87422609, 14953.17020012, 23475.95750586, 20910.99783534, 47704.12841218},
                        new double[] {67.42735164909, 5.390656036938, 16.80647196477, 15.36963126457, 157.5330146156},
                        Double.NaN);
            case F ->
                new CfdProblem(
                        2560,
                        500,
                        1.5e-05,
                        new double[] {92816.28449462, 22301.52287675, 34931.02358632, 31140.96186689, 74244.26448298},
                        new double[] {268.3717702444, 20.30647554028, 67.34864248234, 59.4745130164, 541.7636652565},
                        Double.NaN);
        };
    }

    private static CfdProblem lu(ProblemClass problemClass) {
        return switch (problemClass) {
            case S ->
                new CfdProblem(
                        12,
                        50,
                        0.5,
                        new double[] {
                            0.016196343210976703,
                            0.002197674516482132,
                            0.0015179927653399185,
                            0.0015029584435994323,
                            0.03426407315589646
                        },
                        new double[] {
                            0.0006422331995796092,
                            8.414434204734792e-05,
                            5.8588269616485187e-05,
                            5.847422259515735e-05,
                            0.0013103347914111294
                        },
                        7.841892886593708);
            case W ->
                new CfdProblem(
                        33,
                        300,
                        0.0015,
                        new double[] {12.36511638192, 1.317228477799, 2.550120713095, 2.326187750252, 28.26799444189},
                        new double[] {
                            0.4867877144216, 0.05064652880982, 0.0928181810196, 0.08570126542733, 1.084277417792
                        },
                        11.61399311023);
            case A ->
                new CfdProblem(
                        64,
                        250,
                        2.0,
                        new double[] {
                            779.0210760668937,
                            63.40276525969287,
                            194.9924972729248,
                            178.45301160418538,
                            1838.4760349464248
                        },
                        new double[] {
                            29.964085685471943,
                            2.819457636500335,
                            7.347341269877474,
                            6.713922568777705,
                            70.71531568839258
                        },
                        26.030925604886278);
            case B ->
                new CfdProblem(
                        102,
                        250,
                        2.0,
                        new double[] {
                            3553.2672969982737,
                            262.1475079531069,
                            883.3372185095219,
                            778.1277473942527,
                            7308.796959254531
                        },
                        new double[] {
                            114.01176380212709,
                            8.109896365542157,
                            28.480597317698308,
                            25.90539456783294,
                            260.54907504857414
                        },
                        47.88716270330823);
            case C ->
                new CfdProblem(
                        162,
                        250,
                        2.0,
                        new double[] {
                            10376.698032353785,
                            892.2124588010086,
                            2562.3881458266087,
                            2191.9434385783143,
                            17807.80572610612
                        },
                        new double[] {
                            215.98639971694928,
                            15.57895592398636,
                            54.13188630772078,
                            48.22626431540454,
                            455.90291004325036
                        },
                        66.64045535721813);
            case D ->
                new CfdProblem(
                        408,
                        300,
                        1.0,
                        new double[] {48684.17937025, 4696.371050071, 12181.14549776, 10338.01493461, 71423.98413817},
                        new double[] {375.2393004482, 30.84128893659, 94.34276905469, 82.30686681928, 700.262063621},
                        83.34101392503);
            case E ->
                new CfdProblem(
                        1020,
                        300,
                        0.5,
                        new double[] {209964.1687874, 21304.03143165, 53192.28789371, 45097.61639833, 293236.000659},
                        new double[] {480.0572578333, 42.21993400184, 121.0851906824, 104.788898677, 836.3028257389},
                        95.12163272273);
            case F ->
                new CfdProblem(
                        2560,
                        300,
                        0.2,
                        new double[] {850512.5358152, 87746.55318044, 216725.8198851, 183824.5257371, 1175556.512415},
                        new double[] {529.3914132486, 47.84861621068, 133.7701281659, 115.4215049655, 895.6266851467},
                        100.2509436546);
        };
    }
}
