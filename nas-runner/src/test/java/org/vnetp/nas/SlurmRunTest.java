package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.Host;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;
import org.vnetp.nas.BuiltLauncher.Said;

/// `./vnetp nas` as a job of a real Slurm: slurmctld, a slurmd a host and munge, on three hosts that are namespaces.
@Tag("launcher")
@Timeout(300)
class SlurmRunTest {
    private static final long PATIENCE_S = 200;

    @TempDir
    Path directory;

    private final List<Process> daemons = new ArrayList<>();
    private Testbed cluster;
    private BuiltLauncher launcher;

    @AfterEach
    void down() throws Exception {
        for (Process daemon : daemons.reversed()) {
            daemon.destroy();
            if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
                daemon.destroyForcibly();
            }
        }
        if (cluster != null) {
            cluster.close();
        }
        if (launcher != null) {
            launcher.close();
        }
    }

    private Path up() throws Exception {
        BuiltLauncher.needRootAndTun();
        for (String program : List.of("slurmctld", "slurmd", "srun", "scontrol", "sbatch", "munged")) {
            BuiltLauncher.need(Machine.has(program), program);
        }
        cluster = Testbed.up(
                TestbedSpec.hosts(3).withName("slurm" + ProcessHandle.current().pid() % 100_000));
        Path config = configuration();
        Host first = cluster.hosts().getFirst();
        Path munge = Files.createDirectory(
                directory.resolve("munge"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        byte[] secret = new byte[1024];
        new SecureRandom().nextBytes(secret);
        Files.createFile(
                munge.resolve("key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(munge.resolve("key"), secret);
        daemon(
                first,
                "munged",
                List.of(
                        "munged",
                        "--foreground",
                        "--force",
                        "--key-file=" + munge.resolve("key"),
                        "--socket=" + directory.resolve("munge.sock"),
                        "--pid-file=" + munge.resolve("pid"),
                        "--seed-file=" + munge.resolve("seed"),
                        "--log-file=" + munge.resolve("log")));
        await("munged", () -> Files.exists(directory.resolve("munge.sock")));
        daemon(first, "slurmctld", List.of("slurmctld", "-D", "-f", config.toString()));
        for (Host host : cluster.hosts()) {
            Files.createDirectory(directory.resolve("spool-" + host.name()));
            daemon(host, "slurmd-" + host.name(), List.of("slurmd", "-D", "-N", host.name(), "-f", config.toString()));
        }
        await("slurm", () -> {
            Said said = at(first, config, "sinfo", "--noheader", "--Node", "--format=%t");
            return said.code() == 0
                    && said.text().lines().filter("idle"::equals).count() == 3;
        });
        return config;
    }

    private Path configuration() throws IOException {
        StringBuilder text = new StringBuilder("""
                ClusterName=vnetp
                SlurmctldHost=%2$s(%3$s)
                AuthType=auth/munge
                CredType=cred/munge
                AuthInfo=socket=%1$s/munge.sock
                SlurmUser=root
                SlurmdUser=root
                StateSaveLocation=%1$s/state
                SlurmdSpoolDir=%1$s/spool-%%n
                SlurmctldPidFile=%1$s/slurmctld.pid
                SlurmdPidFile=%1$s/slurmd-%%n.pid
                ProctrackType=proctrack/linuxproc
                TaskPlugin=task/none
                MpiDefault=none
                ReturnToService=2
                SelectType=select/cons_tres
                SelectTypeParameters=CR_Core
                AccountingStorageType=accounting_storage/none
                JobAcctGatherType=jobacct_gather/none
                SwitchType=switch/none
                """.formatted(
                        directory,
                        cluster.hosts().getFirst().name(),
                        cluster.hosts().getFirst().address()));
        for (Host host : cluster.hosts()) {
            text.append("NodeName=" + host.name() + " NodeHostname=" + host.name() + " NodeAddr=" + host.address()
                    + " CPUs=1 State=UNKNOWN\n");
        }
        text.append("PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n");
        Files.createDirectory(directory.resolve("state"));
        // Without it slurmd looks at the machine's own cgroups.
        Files.writeString(directory.resolve("cgroup.conf"), "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n");
        return Files.writeString(directory.resolve("slurm.conf"), text);
    }

    private void daemon(Host host, String name, List<String> words) throws IOException {
        daemons.add(host.command(words)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve(name + ".out").toFile())
                .start());
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(String what, Condition condition) throws Exception {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            assertTrue(
                    System.nanoTime() < patience && daemons.stream().allMatch(Process::isAlive),
                    () -> what + " is waited for in vain:\n" + logs());
            Thread.sleep(50);
        }
    }

    private String logs() {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.filter(SlurmRunTest::log).toList()) {
                all.append(each).append(":\n").append(Files.readString(each));
            }
        } catch (IOException e) {
            all.append(e);
        }
        return all.toString();
    }

    private static boolean log(Path file) {
        return file.toString().endsWith(".out") && !file.toString().endsWith("munged.out")
                || file.getParent().endsWith("raw");
    }

    private Said at(Host host, Path config, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "env",
                "SLURM_CONF=" + config,
                "XDG_CACHE_HOME=" + directory.resolve("cache"),
                "sh",
                "-c",
                "cd '" + directory + "' && exec \"$@\"",
                "sh"));
        all.addAll(List.of(words));
        Process process = host.command(all)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS), () -> List.of(words) + " does not end: " + text);
        return new Said(process.exitValue(), text);
    }

    @Test
    void aBatchScriptRunsOnTheNodesOfItsJobAndLeavesNothingThere() throws Exception {
        Path config = up();
        launcher = BuiltLauncher.in(directory.resolve("home"));
        Path script = directory.resolve("job.sh");
        Path out = directory.resolve("out");
        Said written = launcher.run(
                directory,
                Map.of(),
                List.of(
                        "nas",
                        "is.S.4",
                        "--sbatch",
                        script.toString(),
                        "--hosts=3",
                        "--links",
                        "none",
                        "--fabrics",
                        "vnetp:warm-up=0",
                        "--blocks",
                        "1",
                        "--floor",
                        "0",
                        "--warm-up",
                        "0",
                        "--timed",
                        "0.1",
                        "--out",
                        out.toString()));
        assertEquals(0, written.code(), written.text());
        String text = Files.readString(script);
        assertTrue(text.contains("\n#SBATCH --nodes=3\n"), text);
        assertTrue(text.endsWith(" --out " + out + " --hosts slurm\n"), text);

        Host first = cluster.hosts().getFirst();
        Said ran = at(first, config, "sbatch", "--wait", "--output=" + directory.resolve("job.out"), script.toString());
        String said = Files.exists(directory.resolve("job.out")) ? Files.readString(directory.resolve("job.out")) : "";
        assertEquals(0, ran.code(), () -> ran.text() + said + logs());
        assertTrue(Files.size(out.resolve("report.html")) > 100, said);
        String observations = Files.readString(out.resolve("observations.csv"));
        for (String fabric : List.of("native", "vnetp")) {
            assertTrue(
                    observations.lines().anyMatch(line -> line.contains("is.S.4") && line.contains("," + fabric)),
                    observations);
        }
        assertFalse(observations.contains("NOT_ON_PATH") || observations.contains("FAILED"), observations);

        await(
                "the end of the job",
                () -> at(first, config, "squeue", "--noheader").text().isEmpty());
        for (Host host : cluster.hosts()) {
            Said nics = at(host, config, "ls", "/sys/class/net");
            assertEquals("eth0\nlo\n", nics.text(), "a node's NIC is left on " + host.name());
        }
        Said none = launcher.run(
                directory,
                Map.of("SLURM_JOB_ID", "7", "SLURM_CONF", config.toString(), "SLURM_JOB_NODELIST", "n[1"),
                List.of("nas", "is.S.4"));
        assertEquals(1, none.code(), none.text());
        assertTrue(
                none.text().contains("SLURM_JOB_NODELIST 'n[1': expected a list of nodes, as n[1-3,7]; scontrol reads"),
                none.text());
        Said one = launcher.run(
                directory,
                Map.of("SLURM_JOB_ID", "7", "SLURM_CONF", config.toString(), "SLURM_JOB_NODELIST", "n1"),
                List.of("nas", "is.S.4"));
        assertEquals(2, one.code(), one.text());
        assertTrue(one.text().contains("the job has one node, n1; expected two or more"), one.text());
    }
}
