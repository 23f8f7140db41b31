package org.vnetp.macrobench.mpi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;

/// Keeps what a site, a batch system or a user has set for their own MPI jobs away from ours: interfaces
/// that are excluded there, another launcher, an allocation of other machines, tags in front of every line
/// of output.
///
/// All of it comes from the environment or from files named after the user and the installation. So a
/// launcher is started by a shell script that takes such variables out of the environment and turns such
/// files off; the daemons on other machines, whose environment is their own, are started by the same script
/// ([Fabric#agent]). What says where an MPI is installed stays.
final class SiteSettings {
    /// Open MPI 4 and 5 with PRRTE and PMIx, MPICH with Hydra, UCX and libfabric; Slurm, PBS, LSF, Grid Engine, Cobalt,
    /// LoadLeveler, Flux.
    private static final String TAKEN = "OMPI_*|ORTE_*|PRTE_*|PMIX_*|PMI_*|PMI2_*|MPICH_*|MPIR_*|MPIEXEC_*|HYDRA_*"
            + "|MPI_LOCALRANKID|MPI_LOCALNRANKS|UCX_*|FI_*|SLURM_*|SLURMD_*|SRUN_*|PBS_*|LSB_*|LSF_BINDIR"
            + "|SGE_*|PE_HOSTFILE|COBALT_*|LOADL_*|FLUX_*|BATCH_PARTITION_ID";

    private static final String KEPT =
            "OMPI_MCA_*component_path|PMIX_PREFIX|PRTE_PREFIX|PMIX_INSTALL_PREFIX|PRTE_INSTALL_PREFIX|UCX_MODULE_DIR";

    private static final String EACH = "for v in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do"
            + " case $v in " + KEPT + ") ;; " + TAKEN + ") ";

    /// Takes the variables away and turns the files off, in a POSIX shell.
    static final String AWAY = EACH + "unset \"$v\" ;; esac; done; "
            + "OMPI_MCA_mca_base_param_files=none OMPI_MCA_orte_default_hostfile=none"
            + " PRTE_MCA_prte_default_hostfile=none PMIX_MCA_mca_base_param_files=/dev/null"
            + " HYDRA_CONFIG_FILE=/dev/null; "
            + "export OMPI_MCA_mca_base_param_files OMPI_MCA_orte_default_hostfile PRTE_MCA_prte_default_hostfile"
            + " PMIX_MCA_mca_base_param_files HYDRA_CONFIG_FILE; ";

    /// A line for each variable or file that would have had a say. Debian's own file leaves out some
    /// components, which we do not use, and warnings.
    private static final String LIST = EACH + "echo \"$v\" ;; esac; done; "
            + "for f in \"$HOME/.openmpi/mca-params.conf\" /etc/openmpi/openmpi-mca-params.conf"
            + " /etc/openmpi/openmpi-default-hostfile \"$HOME/.mpiexec.hydra.conf\"; do"
            + " if grep -v -e '=[[:space:]]*^' -e _warn_ \"$f\" 2>/dev/null | grep -q '^[[:space:]]*[^#[:space:]]';"
            + " then echo \"$f\"; fi; done";

    private static final int FEW = 3;

    private SiteSettings() {}

    /// A command that runs `words` without them.
    ///
    /// @param directory for temporary files, of this job only; its programs are found
    static List<String> without(String directory, List<String> words) {
        String script = AWAY + "TMPDIR=$1 PATH=$1:$PATH " + Fabric.AGENT_FIRST + "=$2; export TMPDIR PATH "
                + Fabric.AGENT_FIRST + "; shift 2; exec \"$@\"";
        List<String> all = new ArrayList<>(List.of("sh", "-c", script, "sh", directory, AWAY));
        all.addAll(words);
        return all;
    }

    /// Says which variables and files there our runs do not heed, on this machine where there is no
    /// endpoint; empty where there are none.
    static Optional<String> notHeeded(Endpoint at) {
        List<String> command = List.of("sh", "-c", LIST);
        List<String> found = Child.output(at == null ? Child.of(command) : at.command(command))
                .lines()
                .toList();
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of("note: set for other MPI jobs, not heeded by ours: " + String.join(", ", grouped(found)));
    }

    /// Many variables of one kind, as a batch system sets, under their common beginning.
    static List<String> grouped(List<String> names) {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        for (String name : names) {
            kinds.computeIfAbsent(name.startsWith("/") ? name : name.replaceFirst("_.*", "_"), _ -> new ArrayList<>())
                    .add(name);
        }
        List<String> all = new ArrayList<>();
        kinds.forEach((kind, of) -> {
            if (of.size() > FEW) {
                all.add(kind + "* (" + of.size() + " variables)");
            } else {
                all.addAll(of);
            }
        });
        return all;
    }
}
