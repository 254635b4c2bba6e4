// Says on the page when a security key or passkey could not be read; allauth only writes it to the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("key-problem");
  if (problem) problem.hidden = false;
});
