package dev.changecast.server.tail;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ChangeLineTest {
    private static ChangeLine line(String json) {
        return ChangeLine.of(new JsonMapper().readTree(json.replace('\'', '"')));
    }

    @Test
    void anUpdateTellsTheDifferenceWhereTheOldRowIsKnown() {
        ChangeLine line = line("{'action':'update','collection':'desks','key':{'id':7},'tx':'918',"
                + "'data':{'id':7,'status':'occupied','x':1},'old':{'id':7,'status':'available','x':1}}");

        assertThat(line.key()).isEqualTo("id=7");
        assertThat(line.values()).isEqualTo("status: \"available\" → \"occupied\"");
        assertThat(line.tx()).isEqualTo("918");
    }

    @Test
    void otherwiseTheRowIsTold() {
        assertThat(line("{'action':'insert','collection':'desks','key':{'id':7},'data':{'id':7,'status':null}}")
                        .values())
                .isEqualTo("status=null");
    }

    @Test
    void noControlCharacterReachesTheTerminal() {
        ChangeLine line = line("{'action':'\\u001b[2J','collection':'a\\u0007','key':{'i\\u001b':'\\u001b[0m'},"
                + "'data':{'n\\u001b':'\\u001b[31m'},'tx':'\\u001b'}");

        assertThat(line.toString()).doesNotContain("\u001b", "\u0007");
    }

    @Test
    void aHugeRowIsCutOff() {
        assertThat(line("{'action':'insert','data':{'text':'" + "x".repeat(5000) + "'}}")
                        .values())
                .hasSize(400)
                .endsWith("…");
    }
}
