/* streams PORT COUNT HEADERS: opens so many streams of events on 127.0.0.1, prints a line
 * once each has been answered, and holds them until its standard input ends. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int
dial(int port, const char *headers)
{
	char text[1024], answer[4096];
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	int n = snprintf(text, sizeof(text),
		"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: "
		"text/event-stream\r\n%s\r\n\r\n",
		headers);
	if (write(fd, text, (size_t)n) != n)
		return -1;
	ssize_t got = read(fd, answer, sizeof(answer) - 1);
	answer[got > 0 ? got : 0] = '\0';
	return strstr(answer, " 200 ") ? fd : -1;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	if (argc != 4) {
		fprintf(stderr, "usage: streams PORT COUNT HEADERS\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 0; i < atoi(argv[2]); i++) {
		if (dial(atoi(argv[1]), argv[3]) < 0) {
			fprintf(stderr, "stream %d was not opened\n", i);
			return 1;
		}
	}
	puts("open");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
