package dev.changecast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OfficeTest {
    private final List<Office.Workstation> office = Office.workstations();

    @Test
    void thereAreTwentyWorkstationsOnEachOfTwoFloors() {
        assertThat(office).filteredOn(workstation -> workstation.floor() == 1).hasSize(20);
        assertThat(office).filteredOn(workstation -> workstation.floor() == 2).hasSize(20);
        assertThat(office).extracting("name").doesNotHaveDuplicates();
    }

    @Test
    void noTwoStandInTheSamePlace() {
        for (Office.Workstation one : office) {
            assertThat(office)
                    .filteredOn(other -> other != one && other.floor() == one.floor())
                    .noneMatch(other -> Math.abs(other.x() - one.x()) < Office.DESK_WIDTH
                            && Math.abs(other.y() - one.y()) < Office.DESK_HEIGHT);
        }
    }

    @Test
    void whoeverSitsSomewhereSitsThereAlone() {
        assertThat(office)
                .allMatch(workstation -> (workstation.employee() != null)
                        == List.of("occupied", "reserved").contains(workstation.status()));
        assertThat(office)
                .filteredOn(workstation -> workstation.employee() != null)
                .extracting("employee")
                .doesNotHaveDuplicates();
    }
}
