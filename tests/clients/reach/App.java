// An app with java.net.http as its author wrote it, which knows nothing of an emulator: no address,
// no option, no variable but its key. Prints what each prompt came to, as JSON.
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

public class App {
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  static HttpResponse<byte[]> send(String method, String address, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address))
        .header("x-key", System.getenv("BFL_API_KEY"))
        .header("content-type", "application/json");
    request.method(method, body == null ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  static String text(byte[] body, String name) {
    Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(new String(body));
    return found.find() ? found.group(1).replace("\\/", "/").replace("\\u0026", "&") : "";
  }

  static String outcome(String prompt) throws Exception {
    HttpResponse<byte[]> made = send("POST", "https://api.bfl.ai/v1/flux-dev",
        "{\"prompt\":\"" + prompt + "\",\"width\":512,\"height\":256}");
    if (made.statusCode() != 200) return "{\"no\":" + made.statusCode() + "}";
    String polling = text(made.body(), "polling_url");
    while (true) {
      byte[] task = send("GET", polling, null).body();
      String status = text(task, "status");
      if (status.equals("Ready")) {
        String link = text(task, "sample");
        String host = URI.create(link).getHost();
        HttpResponse<byte[]> picture = send("GET", link, null);
        if (picture.statusCode() != 200)
          return "{\"link\":" + picture.statusCode() + ",\"host\":\"" + host + "\"}";
        var image = ImageIO.read(new ByteArrayInputStream(picture.body()));
        return "{\"width\":" + image.getWidth() + ",\"height\":" + image.getHeight() + ",\"host\":\""
            + host + "\"}";
      }
      if (!status.equals("Pending") && !status.equals("Queued")) return "{\"no\":\"" + status + "\"}";
      Thread.sleep(10);
    }
  }

  public static void main(String[] arguments) throws Exception {
    List<String> out = new ArrayList<>();
    for (String prompt : List.of("a lighthouse", "refused", "moderated", "dead link"))
      out.add("\"" + prompt + "\":" + outcome(prompt));
    System.out.println("{" + String.join(",", out) + "}");
  }
}
